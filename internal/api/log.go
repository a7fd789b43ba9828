package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) serverLog() {
	register(a, admin, op(http.MethodGet, "/log", "serverLog", "Server", "The last lines of the server's log, the oldest first"),
		func(ctx context.Context, who *service.Actor, in *struct {
			Level string `query:"level" enum:"debug,info,warn,error" doc:"And above; left out, info"`
			Q     string `query:"q" maxLength:"200" doc:"A part of the text or of a value, as the id of a request"`
			After int64  `query:"after" minimum:"0" doc:"Lines after this number, for who follows"`
			Lines int    `query:"lines" minimum:"0" maximum:"5000" doc:"The last ones; left out, 500"`
		},
		) (*body[client.Log], error) {
			list, err := a.Service.ServerLog(ctx, who, service.LogQuery(*in))
			out := client.Log{Lines: []client.LogLine{}}
			for _, l := range list {
				line := client.LogLine{Number: l.Number, At: l.At, Level: l.Level.String(), Text: l.Msg, Values: []client.LogAttr{}}
				for _, v := range l.Attrs {
					line.Values = append(line.Values, client.LogAttr(v))
				}
				out.Lines = append(out.Lines, line)
			}
			return &body[client.Log]{out}, err
		})
}
