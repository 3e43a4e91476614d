"""What each kind of leaf says to a person. A test holds that every move of every table has its words."""

from __future__ import annotations

from heyue.engine.moves import Role
from heyue.engine.refusal import words

BORROWER_TO_STAFF = words("持卡人")

ACTORS: dict[Role, str] = {
    Role.BORROWER: words("你"),
    Role.REVIEWER: words("初审员"),
    Role.OFFICER: words("银行专员"),
    Role.BANK: words("银行"),
    Role.OPERATOR: words("运营方"),
    Role.CLOCK: words("到了日子"),
    Role.PLATFORM: words("和约"),
}

DIGESTS: dict[str, str] = {
    "hash": words("还款表哈希"),
    "document_sha256": words("协议摘要"),
    "form_sha256": words("申请表摘要"),
    "sha256": words("文件摘要"),
}
"""Facts of a leaf that are digests, and what each is a digest of."""

PURPOSES: dict[str, str] = {
    "accounts": words("报来信用卡、账单、还款"),
    "application": words("看申请材料"),
    "health": words("看病历、医疗票据"),
}
"""What a consent allows a bank to do, as its leaf says it."""

TOLD_TO_STAFF: dict[str, str] = {
    "application.returned": words("初审请持卡人补材料"),
    "negotiation.accepted-as-asked": words("%(bank)s按申请的方案同意了"),
    "negotiation.borrower-accepts": words("持卡人接受了%(bank)s的条件"),
    "negotiation.borrower-counters": words("持卡人向%(bank)s还价"),
    "negotiation.borrower-ends": words("持卡人结束了和%(bank)s的协商"),
    "negotiation.counter-accepted": words("%(bank)s接受了持卡人的还价"),
    "negotiation.counter-refused": words("%(bank)s没有接受还价，原来的条件还在"),
    "negotiation.counter-refused-late": words("%(bank)s没有接受还价，原来的条件也过期了"),
    "negotiation.question-answered": words("持卡人回答了%(bank)s的问题"),
    "agreement.borrower-signed": words("持卡人签了和%(bank)s的协议"),
}
"""What a leaf says to staff where its words to the borrower say 你."""

WORDS: dict[str, str] = {
    "clock.moved": words("业务日期拨到 %(to)s"),
    "person.joined": words("第一次登录，建了账户"),
    "person.privacy-read": words("看过隐私说明"),
    "person.identity-told": words("填了姓名和证件号"),
    "person.consent-given": words("同意%(bank)s%(purpose)s"),
    "person.consent-withdrawn": words("收回了同意：%(bank)s%(purpose)s"),
    "person.phone-changed": words("换了手机号"),
    "person.signing-code-given": words("输入了签字验证码"),
    "person.given-up": words("这个号码换了主人，旧账户停用"),
    "person.unmasked": words("有人因工作需要看了你的完整信息"),
    "account-link.begun": words("同意去问%(bank)s"),
    "account-link.linked": words("%(bank)s的卡绑定好了"),
    "account-link.not-customer": words("%(bank)s说没有你的卡"),
    "account-link.synced": words("更新了%(bank)s的账"),
    "account-link.asked-again": words("再问一次%(bank)s"),
    "account-link.unbound": words("解除了%(bank)s的绑定"),
    "application.begun": words("开始填申请 %(number)s"),
    "application.submitted": words("提交了申请，基准日是%(base_date)s"),
    "application.returned": words("初审请你补材料"),
    "application.passed": words("初审通过"),
    "application.rejected": words("初审没有通过"),
    "application.withdrawn": words("撤回了申请"),
    "application.closed": words("这份申请办完了"),
    "application.proof-added": words("加了一份材料"),
    "application.proof-removed": words("删了一份材料"),
    "application.proof-looked-at": words("有人看了一份材料"),
    "application.proofs-overdue": words("补材料的日子过了，提醒了一次"),
    "review.begun": words("自动核对完，等初审"),
    "review.taken": words("初审员接手"),
    "review.more-asked": words("初审要求补充"),
    "review.resubmitted": words("补充后再交初审"),
    "review.passed": words("初审决定：通过"),
    "review.rejected": words("初审决定：不通过"),
    "review.dropped": words("申请撤回，初审停止"),
    "review.overdue": words("初审超过了期限"),
    "dispatch.begun": words("为%(bank)s准备申请表 %(number)s"),
    "dispatch.typeset": words("%(bank)s的申请表排好了版"),
    "dispatch.sent": words("申请送到了%(bank)s的系统"),
    "dispatch.received": words("%(bank)s签了回执"),
    "dispatch.no-receipt": words("%(bank)s没有回执"),
    "dispatch.standstill-granted": words("%(bank)s同意先暂停催收，到%(until)s"),
    "dispatch.standstill-refused": words("%(bank)s没有同意暂停催收"),
    "dispatch.stopped": words("不再送%(bank)s"),
    "dispatch.paper-opened": words("%(bank)s的专员打开了 %(number)s"),
    "dispatch.proof-fetched": words("%(bank)s取看了一份材料"),
    "negotiation.begun": words("开始和%(bank)s协商"),
    "negotiation.officer-assigned": words("%(bank)s派了专员"),
    "negotiation.question-asked": words("%(bank)s问了一个问题"),
    "negotiation.question-answered": words("回答了%(bank)s的问题"),
    "negotiation.call-recorded": words("记下了给%(bank)s的一通电话"),
    "negotiation.offer-made": words("%(bank)s出了条件"),
    "negotiation.accepted-as-asked": words("%(bank)s同意了你的方案"),
    "negotiation.bank-refused": words("%(bank)s没有同意"),
    "negotiation.bank-silent": words("%(bank)s没有按时答复，发了催办函"),
    "negotiation.still-silent": words("催过以后%(bank)s还没有答复"),
    "negotiation.borrower-accepts": words("接受了%(bank)s的条件"),
    "negotiation.borrower-counters": words("向%(bank)s还价"),
    "negotiation.counter-accepted": words("%(bank)s接受了你的还价"),
    "negotiation.counter-refused": words("%(bank)s没有接受你的还价，原来的条件还在"),
    "negotiation.counter-refused-late": words("%(bank)s没有接受你的还价，原来的条件也过期了"),
    "negotiation.offer-expires": words("%(bank)s的条件过期了"),
    "negotiation.agreement-lapsed": words("和%(bank)s的条件失效了"),
    "negotiation.borrower-ends": words("结束了和%(bank)s的协商"),
    "negotiation.concluded": words("和%(bank)s的事办完了"),
    "agreement.begun": words("起草和%(bank)s的协议"),
    "agreement.typeset": words("和%(bank)s的协议写好了"),
    "agreement.borrower-signed": words("你签了和%(bank)s的协议"),
    "agreement.bank-signed": words("%(bank)s签了协议，协议生效"),
    "agreement.bank-signs-late": words("%(bank)s还没有签，催了一次"),
    "agreement.collection-stopped": words("%(bank)s停止催收"),
    "agreement.lapsed": words("协议没有按时签，失效了"),
    "agreement.cancelled": words("取消了和%(bank)s的协议"),
    "agreement.completed": words("和%(bank)s的协议履行完了"),
    "plan.begun": words("和%(bank)s的还款计划开始"),
    "plan.payment-matched": words("%(bank)s收到第 %(period)s 期 ¥%(amount)s"),
    "plan.payment-unmatched": words("%(bank)s收到 ¥%(amount)s，对不上哪一期"),
    "plan.fell-behind": words("%(bank)s第 %(period)s 期过了日子还没收到"),
    "plan.caught-up": words("%(bank)s的欠期补上了"),
    "plan.completed": words("%(bank)s的最后一期还完了"),
    "instalment.paid": words("%(bank)s第 %(period)s 期还清"),
    "instalment.missed": words("%(bank)s第 %(period)s 期没有按时收到"),
}
