package wechat

// Sign and Format are for tests from outside, which play a till.
var (
	Sign   = signV2
	Format = format
)
