-- Why the judge model was not asked about a call that is over: other_region. None where it was asked, or nobody wanted to ask it.
ALTER TABLE calls ADD COLUMN not_judged TEXT;
