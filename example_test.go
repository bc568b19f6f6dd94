package paycode_test

import (
	"fmt"
	"time"

	"github.com/paycode/paycode"
)

func Example() {
	profile := paycode.DefaultProfile()
	var master paycode.MasterKey
	for i := range master {
		master[i] = byte(i)
	}
	device := paycode.DeviceID{0x01, 0x93, 0xe4, 0xa0, 0x7b, 0x0c, 0x7c, 0x3f, 0x8a, 0x5d, 0x2f, 0x1e, 0x0c, 0x9b, 0x8a, 0x76}
	seed := paycode.DeriveSeed(&master, device, 1)

	// The phone, without network.
	now := profile.CounterAt(time.Unix(1795284017, 0))
	shown := profile.NewDigits(&seed, 123456789, paycode.Slot{Counter: now, Nonce: 3})
	fmt.Println(shown)

	// The server, a minute later.
	code, err := profile.Parse(shown)
	if err != nil {
		panic(err)
	}
	match, err := profile.Match([]paycode.Seed{seed}, &code, now+1, nil)
	if err != nil {
		panic(err)
	}
	var burned paycode.BurnMap
	burned, first := burned.Burn(match.Slot)
	_, second := burned.Burn(match.Slot)
	fmt.Println(match.Slot, first, second)

	fmt.Println(profile.NewText(&seed, 123456789, match.Slot))
	fmt.Println(profile.NewEMV(&seed, 123456789, match.Slot))

	// Output:
	// 701234567893326376
	// {29921400 3} true false
	// PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0
	// hQVDUFYwMWEzTwjwUEFZQ09ERVAHUEFZQ09ERWMenxAbAQAHW80VAciQeAOhEB0N5znSQZpP0GomM7p+
}
