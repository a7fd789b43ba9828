package client

import (
	"context"
	"mime"
	"net/url"
	"strconv"
	"strings"
)

// Archive says which results go into a ZIP file, and what of them.
type Archive struct {
	Results []int64 // these, or
	Sets    []int64 // the newest of the samples of these sets
	Configs []int64 // by these configs; none is all
	Formats []string
	Files   bool // other outputs of the analyses
	Logs    bool
}

// Export downloads results side by side as a file: "vidjil" or "airr".
func (c *Client) Export(ctx context.Context, ref Ref, format string) (Download, error) {
	path, v := ref.path()
	v.Set("format", format)
	return c.download(ctx, get(path+"/export", v), "")
}

// Archive downloads many results as a ZIP file.
func (c *Client) Archive(ctx context.Context, q Archive) (Download, error) {
	v := url.Values{}
	for name, ids := range map[string][]int64{"result_ids": q.Results, "set_ids": q.Sets, "config_ids": q.Configs} {
		if len(ids) > 0 {
			v.Set(name, numbers(ids))
		}
	}
	if len(q.Formats) > 0 {
		v.Set("formats", strings.Join(q.Formats, ","))
	}
	if q.Files {
		v.Set("files", "true")
	}
	if q.Logs {
		v.Set("logs", "true")
	}
	return c.download(ctx, get("/export.zip", v), "")
}

func numbers(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(texts, ",")
}

// fileName is that of a Content-Disposition header.
func fileName(header string) string {
	_, params, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	return params["filename"]
}
