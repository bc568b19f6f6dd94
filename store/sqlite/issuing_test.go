package sqlite_test

import (
	"testing"

	"github.com/paycode/paycode/store/storetest"
)

func TestDeny(t *testing.T) { storetest.Deny(t, openEngine) }

func TestDenyMany(t *testing.T) { storetest.DenyMany(t, openEngine, many(1_000_000)) }

func TestFares(t *testing.T) { storetest.Fares(t, open) }

func TestIssuing(t *testing.T) { storetest.Issuing(t, open) }
func TestAccess(t *testing.T)  { storetest.Access(t, open) }

func TestRides(t *testing.T) { storetest.Rides(t, open, many(10_000)) }

// many is n, and a fiftieth of it under the race detector (go test -short -race),
// where so many take minutes.
func many(n int) int {
	if testing.Short() {
		return n / 50
	}
	return n
}
