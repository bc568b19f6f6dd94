package sqlite_test

import (
	"testing"

	"github.com/paycode/paycode/store/storetest"
)

func TestDeny(t *testing.T) { storetest.Deny(t, openEngine) }

func TestDenyMillion(t *testing.T) { storetest.DenyMillion(t, openEngine) }

func TestFares(t *testing.T) { storetest.Fares(t, open) }

func TestIssuing(t *testing.T) { storetest.Issuing(t, open) }
func TestAccess(t *testing.T)  { storetest.Access(t, open) }

func TestRides(t *testing.T) { storetest.Rides(t, open, 10_000) }
