package faults_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// checkStatements: the days' statements have one line for each order that took
// money, one for each that gave it back, and no others.
func (c *crowd) checkStatements(is ends) {
	want := map[string]int{}
	for _, d := range c.record.orders() {
		switch a := is[d.order.no]; fateOf(a) {
		case paid:
			want[fmt.Sprint("payment ", d.order.no, " ", d.order.minor)]++
		case givenBack:
			want[fmt.Sprint("payment ", d.order.no, " ", d.order.minor)]++
			want[fmt.Sprint("refund ", d.order.no, " ", -a.minor)]++
		case undone: // it has two lines if it took money before: they add up to nothing
			want[d.order.no] = 0
		}
	}
	canceled := map[string]int64{}
	for _, line := range c.statements() {
		if _, undone := want[line.order]; undone {
			canceled[line.order] += line.minor
			continue
		}
		want[fmt.Sprint(line.kind, " ", line.order, " ", line.minor)]--
	}
	for line, n := range want {
		if n != 0 {
			c.Errorf("the statements lack %d × %q", n, line)
		}
	}
	for order, minor := range canceled {
		if minor != 0 {
			c.Errorf("%s was canceled, and %d stays", order, minor)
		}
	}
}

// line is one of a statement.
type line struct {
	kind, order string
	minor       int64
}

// statements are those of both shops and of every day that a server's clock may have shown.
func (c *crowd) statements() (all []line) {
	c.Helper()
	first := c.record.began.UTC().AddDate(0, 0, -2)
	for day := first; day.Before(time.Now().AddDate(0, 0, 3)); day = day.AddDate(0, 0, 1) {
		for _, shop := range c.shops {
			all = append(all, c.statement(shop, day.Format(time.DateOnly))...)
		}
	}
	return all
}

func (c *crowd) statement(shop *merchant, date string) (all []line) {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), "GET", c.servers[0].url()+"/v1/statements/"+date, nil)
	c.must(err)
	got, err := c.caller(shop.key).Send(r)
	c.must(err)
	defer got.Body.Close()
	rows := csv.NewReader(got.Body)
	rows.FieldsPerRecord = -1
	names, err := rows.Read()
	c.must(err)
	kind, order, amount := slices.Index(names, "type"), slices.Index(names, "order_no"), slices.Index(names, "amount")
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return all
		}
		c.must(err)
		if row[order] == "" {
			continue // a total
		}
		minor, err := strconv.ParseInt(row[amount], 10, 64)
		c.must(err)
		all = append(all, line{row[kind], row[order], minor})
	}
}
