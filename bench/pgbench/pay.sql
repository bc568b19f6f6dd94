\set payer random(1, 100000)
\set merchant random(1000001, 1001000)
\set amount random(1, 100)
SELECT pay.pay(gen_random_uuid(), :payer, :merchant, :amount);
