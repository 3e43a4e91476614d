"""The wallet (信用卡还款): a borrower's own cards of all banks, fed by each bank with consent."""
