package client

import (
	"context"
	"net/url"
)

// Tag is a word that is given to sets and samples by writing #word in their info.
type Tag struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// TagList are tags.
type TagList struct {
	Items []Tag `json:"items" nullable:"false"`
}

// Tags lists the tags that begin with a text.
func (c *Client) Tags(ctx context.Context, prefix string) ([]Tag, error) {
	var out TagList
	_, err := c.do(ctx, get("/tags", url.Values{"prefix": {prefix}}), &out)
	return out.Items, err
}
