package postgres

import (
	"context"
	"maps"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long things may take. The server's limits are below ours, so that it is
// the server that ends a statement, and says so.
const (
	// transactionTime bounds a transaction from its first statement to the
	// answer to COMMIT. A caller who hangs up does not cut it short.
	transactionTime = 15 * time.Second
	statementTime   = "10s"
	// idleTime ends a transaction whose server has stopped: its locks hold up others.
	idleTime = "15s"
	// reportTime bounds a report, and with it an audit of all of the books.
	reportTime      = time.Hour
	reportStatement = "59min"
	// connectTime bounds connecting to one host.
	connectTime = 5 * time.Second
	// waitingTime bounds the wait for a connection of the pool.
	waitingTime = 10 * time.Second
	// keepAlive finds out within half a minute about a machine that is gone.
	keepAlive = 10 * time.Second
)

// shortly are the settings of connections for transactions. Plans are made for
// any values and kept, and every search goes by an index, row by row, however empty
// its table looked. Where several indexes could serve, all of which begin with the
// bucket, an empty table has the planner take any: that is why plans are thrown
// away every few seconds (see plansAreOld). A distributed PostgreSQL needs the
// values to know where a statement goes, and plans each time.
func shortly(distributed bool) map[string]string {
	settings := map[string]string{
		"statement_timeout": statementTime, "idle_in_transaction_session_timeout": idleTime,
		"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off",
		"plan_cache_mode": "force_generic_plan",
	}
	if distributed {
		settings["plan_cache_mode"] = "auto"
	}
	return settings
}

// atLength are the settings of connections for reports, whose plans are made
// each time for the values and the tables as they are.
func atLength() map[string]string {
	return map[string]string{
		"statement_timeout": reportStatement, "idle_in_transaction_session_timeout": idleTime,
		"plan_cache_mode": "force_custom_plan", "jit": "off",
	}
}

// newPool is a pool of connections, which are made when they are needed. What the URL
// says about a setting comes before ours.
func newPool(ctx context.Context, url string, settings map[string]string, most int, tracer pgx.QueryTracer) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err // without the password: a test holds pgx to it
	}
	prepare(c.ConnConfig, settings)
	c.ConnConfig.Tracer = tracer
	c.MaxConns = int32(most)
	c.PingTimeout = connectTime
	c.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerColumns(conn.TypeMap())
		return nil
	}
	return pgxpool.NewWithConfig(ctx, c)
}

func prepare(c *pgx.ConnConfig, settings map[string]string) {
	if c.ConnectTimeout == 0 || c.ConnectTimeout > time.Minute { // pgx's own default is two minutes
		c.ConnectTimeout = connectTime
	}
	c.DialFunc = (&net.Dialer{Timeout: c.ConnectTimeout, KeepAlive: keepAlive}).DialContext
	ours := map[string]string{"application_name": "paycode", "timezone": "UTC"}
	maps.Copy(ours, settings)
	maps.Copy(ours, c.RuntimeParams)
	c.RuntimeParams = ours
}

// asAdmin runs do on a connection of its own, where every statement is a
// transaction by itself, and waits for as long as it takes.
func asAdmin(ctx context.Context, url string, do func(*tx) error) error {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	prepare(c, nil)
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return do(&tx{ctx: ctx, c: conn})
}

// registerColumns has arrays of rows' columns written by us.
func registerColumns(m *pgtype.Map) {
	for kind, t := range elements {
		m.RegisterType(&pgtype.Type{Name: "_" + kind, OID: t.array, Codec: columnCodec{}})
	}
}
