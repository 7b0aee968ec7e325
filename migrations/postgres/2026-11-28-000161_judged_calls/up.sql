-- The cost of the judge model's answers about a call, in millionths of the currency. It is part of cost_micros.
ALTER TABLE calls ADD COLUMN judge_micros BIGINT NOT NULL DEFAULT 0;
-- Why the judge model was not asked about a call that is over: other_region, daily_cap. None where it was asked, or nobody wanted to ask it.
ALTER TABLE calls ADD COLUMN not_judged TEXT;
