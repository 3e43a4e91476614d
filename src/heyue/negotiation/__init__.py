"""One negotiation per bank (协商): offers, counter-offers, questions, calls."""
