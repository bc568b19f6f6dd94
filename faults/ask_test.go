package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"

	"github.com/paycode/paycode/client"
)

// do asks server after server until one answers, and writes down what it said.
// One in five asks only once: what became of it is found out at the end.
func (c *crowd) do(ctx context.Context, d *deed) {
	c.record.note(d)
	impatient := rand.IntN(5) == 0 && d.kind != balance
	for server := rand.IntN(len(c.servers)); ; server++ {
		err := c.ask(d, c.servers[server%len(c.servers)])
		if err == nil {
			c.record.told(d)
			return
		}
		c.countLost(err)
		if ctx.Err() != nil || impatient {
			return
		}
		sleep(ctx, askAgain)
	}
}

func (c *crowd) countLost(err error) {
	c.lost.Add(1)
	switch text := err.Error(); {
	case strings.HasSuffix(text, "status 503"):
		c.refused.Add(1)
	case strings.HasSuffix(text, "status 500"):
		c.failed.Add(1)
	}
}

// ask sends a deed to one server. The error says that no answer came.
func (c *crowd) ask(d *deed, to *instance) error {
	call := &client.Client{Server: to.url(), HTTP: c.http}
	var err error
	switch d.kind {
	case charge, look, cancel, refund:
		call.Authorize = client.Bearer(d.order.shop.key)
		err = d.askTill(c.Context(), call)
	default:
		call.Authorize = client.Bearer(c.operatorKey)
		err = d.askOperator(c.Context(), call)
	}
	var refused *client.Problem
	if errors.As(err, &refused) {
		d.answer = answer{refused: refused.Code}
		return nil
	}
	return err
}

func (d *deed) askTill(ctx context.Context, call *client.Client) error {
	o := d.order
	if d.kind == refund {
		return call.Call(ctx, "POST", "/v1/payments/"+o.id.Load().(string)+"/refunds", map[string]any{"refund_no": "r-" + o.no, "amount": d.minor}, nil)
	}
	var p client.Payment
	var err error
	switch d.kind {
	case charge:
		err = call.Call(ctx, "POST", "/v1/payments", map[string]any{"order_no": o.no, "code": o.code, "amount": o.minor, "currency": currency}, &p)
	case look:
		err = call.Call(ctx, "GET", "/v1/payments?order_no="+url.QueryEscape(o.no), nil, &p)
	case cancel:
		err = call.Call(ctx, "POST", "/v1/orders/"+url.PathEscape(o.no)+"/cancel", nil, &p)
	}
	d.answer = answer{id: p.ID, status: p.Status, decline: p.DeclineCode, minor: p.RefundedMinor}
	return err
}

func (d *deed) askOperator(ctx context.Context, call *client.Client) error {
	if d.kind == topUp {
		in := map[string]any{"reference": fmt.Sprint("t", d.number), "amount": d.minor}
		return call.Call(ctx, "POST", "/v1/payers/"+d.payer.id+"/topups", in, nil)
	}
	var is struct {
		Balance struct {
			Minor int64 `json:"amount"`
		}
	}
	err := call.Call(ctx, "GET", "/v1/payers/"+d.payer.id, nil, &is)
	d.answer = answer{minor: is.Balance.Minor}
	return err
}
