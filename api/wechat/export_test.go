package wechat

// Sign and Format are for tests from outside, which play a till.
var (
	Sign   = sign
	Format = format
)
