package sqlite_test

import (
	"testing"

	"github.com/paycode/paycode/store/storetest"
)

func TestIssuing(t *testing.T) { storetest.Issuing(t, open) }
