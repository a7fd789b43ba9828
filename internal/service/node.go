package service

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Servers: several may work on one database and one store of bytes. All that
// they share is there, but for the bytes of uploads under way, which the server
// has on its disk at which the upload began: its name stands at the beginning of
// the upload's id, and its address in the database.

// Node is a server.
type Node struct {
	// Name is that of the folder in which the server gathers uploads: letters and
	// digits. "" is no server.
	Name string `json:"-"`
	// URL is how other servers reach it, "" when it says nothing of it.
	URL string `json:"url,omitempty"`
	// Keys name the keys that it seals with; they are not the keys.
	Keys []string `json:"keys,omitempty"`
	// SeenAt is when it last said that it is there.
	SeenAt time.Time `json:"seen_at"`
}

const (
	// settingNode and the name of a server name its entry in the settings.
	settingNode = "node"
	// nodeThere is how long a server counts as running after it said so: three
	// times as long as servers wait to say so again.
	nodeThere = 30 * time.Minute
)

// Announce says that this server is there. Of several that are told of each
// other, one whose keys are all unknown to another that is running is refused:
// people who signed in at the one could not at the other.
func (s *Service) Announce(ctx context.Context) error {
	return s.write(ctx, func(tx *store.Tx) error {
		others, err := nodes(ctx, tx)
		if err != nil {
			return err
		}
		for i := range others {
			o := &others[i]
			strange := !slices.ContainsFunc(o.Keys, func(k string) bool { return slices.Contains(s.Node.Keys, k) })
			if o.Name != s.Node.Name && o.URL != "" && s.Node.URL != "" && strange && tx.Now.Sub(o.SeenAt) < nodeThere {
				return lab.Errorf(lab.Conflict, "the server %s works on the same database with another secret.key: second factors that one has sealed the other cannot read; copy the file of its data directory into that of this server", o.URL)
			}
		}
		n := s.Node
		n.SeenAt = tx.Now.UTC()
		text, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("announce server: %w", err)
		}
		return tx.PutSetting(ctx, settingNode+":"+n.Name, string(text))
	})
}

// ForgetNodes forgets the servers that have not been there since a time. Uploads
// that they were gathering are given up then.
func (s *Service) ForgetNodes(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *store.Tx) error {
		list, err := nodes(ctx, tx)
		if err != nil {
			return err
		}
		for _, n := range list {
			if n.Name == s.Node.Name || !n.SeenAt.Before(before) {
				continue
			}
			if err := tx.DropSetting(ctx, settingNode+":"+n.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// NodeOf is the server that gathers an upload, by its id. elsewhere tells that it
// is another one than this; known is false when nobody knows it any more.
func (s *Service) NodeOf(ctx context.Context, id string) (n Node, known, elsewhere bool, err error) {
	name := nodeName(id)
	if name == "" || name == s.Node.Name {
		return s.Node, true, false, nil
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		list, err := nodes(ctx, tx)
		if i := slices.IndexFunc(list, func(n Node) bool { return n.Name == name }); i >= 0 {
			n, known = list[i], true
		}
		return err
	})
	return n, known, true, err
}

// elsewhere tells whether an upload is another server's, which is known.
func (s *Service) elsewhere(ctx context.Context, id string) (bool, error) {
	_, known, elsewhere, err := s.NodeOf(ctx, id)
	return known && elsewhere, err
}

// uploadID makes the id of an upload that is gathered here.
func (s *Service) uploadID() string {
	id := strings.ToLower(rand.Text())
	if s.Node.Name != "" {
		id = s.Node.Name + "-" + id
	}
	return id
}

// nodeName is the name of the server in the id of an upload, "" when there is none.
func nodeName(id string) string {
	name, _, ok := strings.Cut(id, "-")
	if !ok {
		return ""
	}
	return name
}

// nodes are all servers that have said that they are there, by name.
func nodes(ctx context.Context, tx *store.Tx) ([]Node, error) {
	rows, err := tx.SettingsBelow(ctx, settingNode)
	list := make([]Node, 0, len(rows))
	for _, row := range rows {
		n := Node{}
		if err := json.Unmarshal([]byte(row.Value), &n); err != nil {
			return nil, fmt.Errorf("read server %s: %w", row.Name, err)
		}
		n.Name = strings.TrimPrefix(row.Name, settingNode+":")
		list = append(list, n)
	}
	return list, err
}
