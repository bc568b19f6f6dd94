package paycode_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paycode/paycode"
	"github.com/paycode/paycode/vectors"
)

func TestHMACIsTheStandardLibrarys(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	for length := range 200 {
		var key [32]byte
		message := make([]byte, length)
		random.Read(key[:])
		random.Read(message)
		h := hmac.New(sha256.New, key[:])
		h.Write(message)
		got := paycode.HMACSHA256(&key, message)
		if !hmac.Equal(got[:], h.Sum(nil)) {
			t.Fatalf("length %d: %x, want %x", length, got, h.Sum(nil))
		}
	}
}

func TestTokenVectors(t *testing.T) {
	for _, v := range vectors.Tokens() {
		t.Run(v.Name, func(t *testing.T) {
			in := v.Input
			d := paycode.Derive(seedOf(in.Seed), paycode.Alias(in.Alias), slotOf(in.Slot), challengeOf(in.Challenge), in.OTPDigits)
			got := vectors.TokenOutput{
				Session: d.Session[:], Message: d.Message, MAC: d.MAC[:], Token: d.Token[:],
				OTP: fmt.Sprintf("%0*d", in.OTPDigits, d.OTP),
			}
			if diff := cmp.Diff(*v.Output, got); diff != "" {
				t.Errorf("values (-want +got)\n%s", diff)
			}
		})
	}
}

func TestWorkedExample(t *testing.T) {
	e := vectors.WorkedExample()
	p := paycode.DefaultProfile()
	seed := paycode.DeriveSeed((*paycode.MasterKey)(e.MasterKey), paycode.DeviceID(e.Device), paycode.Generation(e.Generation))
	alias, slot, challenge := paycode.Alias(e.Alias), slotOf(e.Slot), challengeOf(&e.Challenge)
	wire, answer := challenge.Bytes(), p.NewChallengePayload(&seed, alias, slot, *challenge)
	for _, v := range []struct{ name, got, want string }{
		{"seed", fmt.Sprintf("%x", seed[:]), fmt.Sprintf("%x", []byte(e.Seed))},
		{"digits", p.NewDigits(&seed, alias, slot), e.Digits},
		{"text", p.NewText(&seed, alias, slot), e.Text},
		{"emv", p.NewEMV(&seed, alias, slot), e.EMV},
		{"challenge", fmt.Sprintf("%x", wire), fmt.Sprintf("%x", []byte(e.ChallengeBytes))},
		{"challenge payload", fmt.Sprintf("%x", answer[:]), fmt.Sprintf("%x", []byte(e.ChallengePayload))},
		{"challenge text of it", answer.Text(), e.ChallengeText},
		{"challenge text", p.NewChallengeText(&seed, alias, slot, *challenge), e.ChallengeText},
	} {
		if v.got != v.want {
			t.Errorf("%s = %s, want %s", v.name, v.got, v.want)
		}
	}
}

func TestChallengeBytesAndParseAreInverse(t *testing.T) {
	random := rand.NewChaCha8([32]byte{2})
	for range 100 {
		var wire [paycode.ChallengeLen]byte
		random.Read(wire[:])
		c, err := paycode.ParseChallenge(wire[:])
		if err != nil || c.Bytes() != wire {
			t.Fatalf("ParseChallenge(%x) = %v, %v", wire, c, err)
		}
	}
	for _, length := range []int{0, 34, 36} {
		if _, err := paycode.ParseChallenge(make([]byte, length)); err != paycode.ErrMalformed {
			t.Errorf("%d bytes: %v, want ErrMalformed", length, err)
		}
	}
}
