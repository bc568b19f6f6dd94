package api

import (
	"context"
	"net/http"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
)

// Device is a device as the operator sees it.
type Device struct {
	ID         ids.Device           `json:"id" doc:"TypeID" example:"dev_01jfja0yrcfgzrmq9f3r69q2kp"`
	PayerID    ids.Payer            `json:"payer_id" doc:"TypeID" example:"payer_01jfja0yrcfgzrmq9f3r69q2kp"`
	Kind       issuing.Kind         `json:"kind" enum:"phone,watch,card,authenticator" doc:"what sort of thing it is"`
	Name       string               `json:"name" doc:"what the payer calls it"`
	Status     payment.DeviceStatus `json:"status" enum:"active,frozen,revoked" doc:"frozen: lost, may be found again; revoked: gone for good"`
	Generation paycode.Generation   `json:"generation" doc:"number of its newest seed" example:"1"`
	SyncedAt   time.Time            `json:"synced_at" doc:"when it last had network; RFC 3339, UTC"`
	SyncBy     *time.Time           `json:"sync_by,omitempty" doc:"when its offline codes stop working unless it syncs; RFC 3339, UTC; absent for an authenticator"`
	CreatedAt  time.Time            `json:"created_at" doc:"RFC 3339, UTC"`
}

func (a *API) deviceOf(d issuing.Device) Device {
	return Device{
		ID: d.ID, PayerID: d.Payer, Kind: d.Kind, Name: d.Name, Status: d.Status, Generation: d.Newest.Generation,
		SyncedAt: d.SyncedAt.UTC(), SyncBy: moment(a.Issuing.SyncBy(d)), CreatedAt: d.CreatedAt.UTC(),
	}
}

type (
	DevicePath struct {
		ID ids.Device `path:"id" doc:"TypeID of the device" example:"dev_01jfja0yrcfgzrmq9f3r69q2kp"`
	}
	deviceChangeInput struct {
		DevicePath
		Body *struct {
			Reason string `json:"reason,omitempty" maxLength:"200" doc:"why, for the log"`
		} `required:"false"`
	}
	deviceOutput struct{ Body Device }
)

func (in *deviceChangeInput) reason() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Reason
}

func (a *API) deviceAdminCalls() {
	for _, c := range []struct {
		verb, summary, about string
		codes                []Code
		call                 func(ctx context.Context, id ids.Device, reason string) (issuing.Device, error)
	}{
		{"freeze", "Freeze a lost device", "It can neither pay nor sync until it is unfrozen.", []Code{NotFound, DeviceRevoked}, a.Issuing.Freeze},
		{"unfreeze", "Unfreeze a device that was found", "It can pay again. Wrong codes of an authenticator are forgotten.", []Code{NotFound, DeviceRevoked}, a.Issuing.Unfreeze},
		{"revoke", "Remove a device for good", "Its codes, its token and its seed are worth nothing from now on.", []Code{NotFound}, a.Issuing.Revoke},
		{"rotate", "Give a device a new seed", "It receives the seed at its next sync. Codes of the old one are good until it has, for 24 hours at most. An authenticator cannot: enrol another one and revoke it.", []Code{NotFound, DeviceRevoked, KindUnsupported},
			func(ctx context.Context, id ids.Device, _ string) (issuing.Device, error) {
				return a.Issuing.Rotate(ctx, id)
			}},
	} {
		register(a, route{method: "POST", path: "/v1/devices/{id}/" + c.verb, id: c.verb + "-device", tag: "Operator", role: access.RoleOperator,
			status: http.StatusOK, summary: c.summary, about: c.about, codes: c.codes},
			func(ctx context.Context, in *deviceChangeInput) (*deviceOutput, error) {
				d, err := c.call(ctx, in.ID, in.reason())
				if err != nil {
					return nil, err
				}
				return &deviceOutput{a.deviceOf(d)}, nil
			})
	}
	register(a, route{method: "GET", path: "/v1/devices/{id}", id: "get-device", tag: "Operator", role: access.RoleOperator,
		status: http.StatusOK, summary: "Look at a device", codes: []Code{NotFound}},
		func(ctx context.Context, in *DevicePath) (*deviceOutput, error) {
			d, err := a.Issuing.Device(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &deviceOutput{a.deviceOf(d)}, nil
		})
}
