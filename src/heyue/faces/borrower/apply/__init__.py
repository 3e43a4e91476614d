"""The interview (journey step 2): one question a screen, saved at each step, and what surrounds it."""

from heyue.faces.borrower.apply import begin, interview, plan, proof_files, proofs, review, upload_parts

urls = [*begin.urls, *interview.urls, *plan.urls, *proofs.urls, *review.urls, *proof_files.urls, *upload_parts.urls]
