//go:build !libcrypto

package platform

import "crypto/rsa"

// libcrypto is nothing here: crypto/rsa signs.
type libcrypto struct{ name string }

func newLibcrypto(*rsa.PrivateKey) (*libcrypto, error) { return nil, nil }

func (*libcrypto) sign([]byte) ([]byte, error) { panic("platform: there is no second implementation") }
