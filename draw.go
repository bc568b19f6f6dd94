package paycode

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// ErrBucket says that a bucket is not one of the buckets there are.
var ErrBucket = errors.New("paycode: no such bucket")

// NewAlias draws an alias whose remainder modulo buckets is bucket, uniformly
// among all such numbers of at most AliasDigits digits. The only errors are
// [ErrBucket] and those of random, which should be crypto/rand.Reader. The
// caller sees to it that no other device has the alias.
func (p Profile) NewAlias(random io.Reader, bucket, buckets int) (Alias, error) {
	n, err := draw(random, p.AliasDigits, bucket, buckets)
	if err != nil {
		return 0, err
	}
	return Alias(n.Uint64()), nil
}

// NewOnline draws an online code: OnlinePrefix and then as many random digits as
// make Profile.Digits in all, uniform among those whose value modulo buckets is
// bucket. The only errors are [ErrBucket] and those of random, which should be
// crypto/rand.Reader.
func (p Profile) NewOnline(random io.Reader, bucket, buckets int) (string, error) {
	digits := p.Digits() - len(p.OnlinePrefix)
	n, err := draw(random, digits, bucket, buckets)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%0*d", p.OnlinePrefix, digits, n), nil
}

// draw picks k uniformly so that bucket + k·buckets has at most the given digits.
func draw(random io.Reader, digits, bucket, buckets int) (*big.Int, error) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	first, step := big.NewInt(int64(bucket)), big.NewInt(int64(buckets))
	if bucket < 0 || bucket >= buckets || limit.Cmp(step) < 0 {
		return nil, fmt.Errorf("%w: %d of %d", ErrBucket, bucket, buckets)
	}
	// The number of multiples of step in [0, limit-first), rounded up.
	count := new(big.Int).Sub(limit, first)
	count.Add(count, step).Sub(count, big.NewInt(1)).Quo(count, step)
	k, err := rand.Int(random, count)
	if err != nil {
		return nil, fmt.Errorf("paycode: draw: %w", err)
	}
	return k.Mul(k, step).Add(k, first), nil
}

// bucketOfDigits is the value of the digits modulo buckets. They may be too many
// for a uint64.
func bucketOfDigits(digits string, buckets int) int {
	n, m := uint64(0), uint64(buckets)
	for i := range len(digits) {
		n = (n*10 + uint64(digits[i]-'0')) % m
	}
	return int(n)
}
