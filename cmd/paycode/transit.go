package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/server"
)

// transitFlags say what rides cost.
type transitFlags struct {
	FlatFare string        `default:"2.00 CNY" placeholder:"AMOUNT" help:"What every ride costs."`
	DayCap   int64         `placeholder:"MINOR" help:"The most that the rides of one pass cost in a day, in minor units; 0 for no cap."`
	Passback time.Duration `default:"60s" help:"For how long a gate lets a pass through no more."`
}

func (f transitFlags) transit() (server.Transit, error) {
	decimal, code, _ := strings.Cut(f.FlatFare, " ")
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return server.Transit{}, fmt.Errorf("--flat-fare must be an amount with its currency, such as 2.00 CNY: %w", err)
	}
	fare, err := money.ParseDecimal(decimal, currency)
	if err != nil {
		return server.Transit{}, fmt.Errorf("--flat-fare must be an amount with its currency, such as 2.00 CNY: %w", err)
	}
	if f.DayCap < 0 || f.Passback < time.Second || f.Passback > 24*time.Hour {
		return server.Transit{}, fmt.Errorf("--day-cap must not be negative, and --passback be from a second to a day")
	}
	return server.Transit{Fares: clearing.Flat(fare), Currency: currency, DayCap: f.DayCap, Passback: f.Passback}, nil
}
