-- Distributes a new database of paycode over a Citus cluster: all tables by
-- bucket, and the rows of a bucket on one node, so that a payment's transaction
-- stays there. Run it once, on the coordinator, as soon as
--
--   paycode admin init --db postgres://…@COORDINATOR/paycode --buckets 128 …
--
-- has made the schema, and before anything else is written:
--
--   psql -v ON_ERROR_STOP=1 -d paycode -f citus.sql
--
-- Every bucket is in one of 32 shards, which citus_rebalance_start() spreads
-- over the workers and moves when there are more of them. A migration that adds
-- a table needs a line here for it.

SET citus.shard_count = 32;

-- Read when a server starts, on whichever node it is connected to.
SELECT create_reference_table('settings');

SELECT create_distributed_table('buckets', 'bucket', colocate_with => 'none');
SELECT create_distributed_table('payers', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('external_ids', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('tickets', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('devices', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('aliases', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('online_codes', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('proofs', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('wrong_codes', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('passes', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('accounts', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('transfers', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('topups', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('payments', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('refunds', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('outbox', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('merchants', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('orders', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('tried_codes', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('api_keys', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('alipay_keys', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('gates', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('wechat_keys', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('wechat_refunds', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('nonces', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('wechat_v3_keys', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('wechat_clients', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('payouts', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('webhooks', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('deliveries', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('callbacks', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('servers', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('pages', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('inbox', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('loans', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('credit_lines', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('taps', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('boardings', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('copies', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('scans', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('rides', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('denials', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('deny_turns', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('deny_gaps', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('deny_list', 'bucket', colocate_with => 'buckets');
