package issuing

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Config is what a Service works with. All fields but Passes are needed, and
// Issuers where there are Passes.
type Config struct {
	Store   Store
	Keys    Keys
	Issuers Issuers
	Passes  PassTerms // of every pass
	Profile paycode.Profile
	Limits  payment.Limits   // of a new payer
	Now     func() time.Time // the clock
	Random  io.Reader        // a CSPRNG
	Buckets int              // of the store
	Log     *slog.Logger
	// ProofLeeway is how far a DPoP proof's time may be from ours, either way;
	// DefaultProofLeeway unless there is a reason.
	ProofLeeway time.Duration
}

// Keys are the master keys: in a file (Keyring) or an HSM.
type Keys interface {
	payment.Seeds
	// Active is the id of the key that new seeds are derived from.
	Active() uint32
	// SealKey derives from a master key the key that seals what has to be kept as
	// it was told, for a use that label names. ErrKeyUnknown.
	SealKey(keyID uint32, label string) ([32]byte, error)
}

// Service carries out what operators and devices ask of the issuer.
type Service struct {
	Config
	ids ids.Maker
}

// New checks the configuration.
func New(c Config) (*Service, error) {
	if err := c.Profile.Validate(); err != nil {
		return nil, err
	}
	if err := checkLimits(c.Limits); err != nil {
		return nil, fmt.Errorf("issuing: limits of a new payer: %w", err)
	}
	if c.Buckets < 1 || c.Buckets > bearer.MaxBuckets {
		return nil, fmt.Errorf("issuing: %d buckets", c.Buckets)
	}
	if err := c.Passes.check(); err != nil {
		return nil, fmt.Errorf("issuing: passes: %w", err)
	}
	if c.ProofLeeway <= 0 {
		return nil, errors.New("issuing: ProofLeeway must be positive")
	}
	return &Service{c, ids.Maker{Random: c.Random, Buckets: c.Buckets}}, nil
}

// draws is how often a number that is taken is drawn again. Even with nine of
// ten aliases taken, one call in a million fails.
const draws = 128

// draw has do try fresh aliases of a bucket until one is free.
func (s *Service) draw(kind Kind, bucket int, do func(fresh paycode.Alias) error) error {
	for range draws {
		fresh, err := s.newAlias(kind, bucket)
		if err != nil {
			return err
		}
		if err := do(fresh); !errors.Is(err, ErrAliasTaken) {
			return err
		}
	}
	return fmt.Errorf("%w: the profile's aliases have run out, give it more digits", ErrAliasTaken)
}

func (s *Service) newAlias(kind Kind, bucket int) (paycode.Alias, error) {
	if kind == Authenticator {
		return paycode.NewMember(s.Random, bucket, s.Buckets)
	}
	return s.Profile.NewAlias(s.Random, bucket, s.Buckets)
}

// seedTTL is how long a device works after its last sync.
func (s *Service) seedTTL() time.Duration {
	return time.Duration(s.Profile.SeedTTLSeconds) * time.Second
}
