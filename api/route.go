package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/paycode/paycode/access"
)

// route is what the documentation says about a call.
type route struct {
	method, path string
	id           string // operationId
	tag          string
	role         access.Role // who calls; empty for anybody
	summary      string
	about        string
	status       int    // of success
	again        string // when not empty, 200 answers instead of status, and this says when
	codes        []Code // it may be refused with, besides those of every call like it
	maxBody      int64  // of its requests, in bytes; maxBody when 0
	long         bool   // it reads all there is, and may take as long as that takes
}

// register adds a call: the function's input is checked against its schema
// before it runs, and what it is refused with becomes a problem.
func register[I, O any](a *API, r route, call func(context.Context, *I) (*O, error)) {
	op := a.operation(r, hasField[I]("Body"), reflect.TypeFor[I]().NumField() > 0)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := call(ctx, in)
		if err != nil {
			return nil, problemOf(ctx, err)
		}
		return out, nil
	})
	success := op.Responses[strconv.Itoa(r.status)]
	if r.again != "" {
		success.Description = "Made"
		op.Responses["200"] = &huma.Response{Description: r.again, Content: success.Content}
	}
}

func hasField[I any](name string) bool {
	_, ok := reflect.TypeFor[I]().FieldByName(name)
	return ok
}

// operation describes a route in OpenAPI's words and has its callers admitted.
func (a *API) operation(r route, hasBody, hasInput bool) huma.Operation {
	a.routes = append(a.routes, r)
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Tags: []string{r.tag},
		Summary: r.summary, Description: r.about, DefaultStatus: r.status,
		MaxBodyBytes: cmp.Or(r.maxBody, maxBody) + 1, BodyReadTimeout: -1, // readBody has seen to both
		Middlewares: huma.Middlewares{a.admit(r.role), a.readBody(cmp.Or(r.maxBody, maxBody))},
		Security:    securityOf(r.role),
		Responses:   map[string]*huma.Response{},
	}
	if r.long {
		op.Middlewares = append(op.Middlewares, takeTime)
	}
	codes := codesOf(r, hasBody, hasInput)
	byStatus := map[int][]Code{}
	for _, c := range codes {
		byStatus[kindOf(c).Status] = append(byStatus[kindOf(c).Status], c)
	}
	for status, codes := range byStatus {
		op.Responses[strconv.Itoa(status)] = a.problemResponse(codes)
	}
	return op
}

// longest is how long a long call may take to answer.
const longest = time.Hour

// takeTime has a call not be cut off by the time limit of every other.
func takeTime(ctx huma.Context, next func(huma.Context)) {
	_, w := humago.Unwrap(ctx)
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longest)) // an error says that there is no limit
	next(ctx)
}

// codesOf lists every problem that a call may be answered with.
func codesOf(r route, hasBody, hasInput bool) []Code {
	codes := slices.Clone(r.codes)
	switch r.role {
	case "":
	case RoleDevice:
		codes = append(codes, TokenInvalid, ProofMalformed, ProofKey, ProofMismatch, ProofStale, ProofReplayed, DeviceRevoked)
	default:
		codes = append(codes, Unauthorized, Forbidden)
	}
	if hasBody {
		codes = append(codes, MalformedJSON, RequestTimeout, BodyTooLarge, UnsupportedMediaType)
	}
	if hasInput {
		codes = append(codes, InvalidRequest)
	}
	codes = append(codes, Internal, Unavailable)
	slices.Sort(codes)
	return slices.Compact(codes)
}

// problemResponse documents the problems of one status.
func (a *API) problemResponse(codes []Code) *huma.Response {
	var words []string
	for _, c := range codes {
		words = append(words, fmt.Sprintf("`%s`: %s.", c, kindOf(c).Title))
	}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return &huma.Response{
		Description: strings.Join(words, " "),
		Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		Extensions:  map[string]any{"x-codes": codes},
	}
}

// securityOf names the security scheme of a role.
func securityOf(role access.Role) []map[string][]string {
	if role == "" {
		return []map[string][]string{} // none, said explicitly
	}
	return []map[string][]string{{string(role): {}}}
}

// handle adds a call that reads its parameters and writes its answer itself.
func (a *API) handle(r route, params []*huma.Param, success *huma.Response, call func(http.ResponseWriter, *http.Request) error) {
	op := a.operation(r, false, false)
	op.Parameters = params
	op.Responses[strconv.Itoa(r.status)] = success
	a.mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, req *http.Request) {
		err := a.identify(req, r.role)
		if err == nil {
			err = call(w, req)
		}
		if err != nil {
			refuse(w, req, problemOf(req.Context(), err))
		}
	})
	a.huma.OpenAPI().AddOperation(&op)
}
