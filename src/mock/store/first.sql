-- A database as version 0.1.0 made it, for the test of its migration.
PRAGMA journal_mode = wal;
CREATE TABLE identity (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE objects (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, object_type TEXT NOT NULL, name TEXT NOT NULL,
    default_version TEXT, answer TEXT NOT NULL, UNIQUE (object_type, name));
CREATE TABLE versions (seq INTEGER PRIMARY KEY, object INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
    id TEXT NOT NULL, name TEXT NOT NULL, answer TEXT NOT NULL, UNIQUE (object, name));
CREATE TABLE webhooks (seq INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, object_type TEXT NOT NULL,
    event TEXT NOT NULL, answer TEXT NOT NULL);
CREATE TABLE protected_values (webhook INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    header TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (webhook, header)) WITHOUT ROWID;
CREATE TABLE deliveries (seq INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'completed', 'failed')),
    error TEXT, event TEXT NOT NULL, request TEXT NOT NULL, url TEXT NOT NULL, headers TEXT NOT NULL,
    body BLOB NOT NULL, timeout INTEGER NOT NULL, tries INTEGER NOT NULL);
CREATE INDEX pending ON deliveries (seq) WHERE state = 'pending';
CREATE TABLE attempts (delivery INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE, number INTEGER NOT NULL,
    time TEXT NOT NULL, status INTEGER, error TEXT, duration_ms INTEGER NOT NULL,
    PRIMARY KEY (delivery, number)) WITHOUT ROWID;
CREATE TABLE tests (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    delivery INTEGER NOT NULL UNIQUE REFERENCES deliveries ON DELETE CASCADE);
INSERT INTO identity VALUES ('database', 'the-database'), ('project', 'p'), ('user', 'u'),
    ('made', '2026-01-01T00:00:00Z'), ('token', 'abc');
INSERT INTO webhooks VALUES (1, 'w', 'deployment', 'deployment_request_failed',
    '{"id":"i","name":"w","object_type":"deployment","object_name":"deployment-1","version":null,"url":"http://127.0.0.1:9/","headers":[{"key":"Authorization","value":null,"protected":true}],"event":"deployment_request_failed","description":"","labels":{},"timeout":10,"enabled":true,"retry":true,"include_result":false}');
INSERT INTO protected_values VALUES (1, 'authorization', 's3cret');
INSERT INTO deliveries VALUES
    (1, 'completed', NULL, 'deployment_request_failed', 'r1', 'http://127.0.0.1:9/', '[]', CAST('{}' AS BLOB), 10, 1),
    (2, 'pending', NULL, 'deployment_request_failed', 'r2', 'http://127.0.0.1:9/', '[["A","b"]]', CAST('{}' AS BLOB), 10, 3);
INSERT INTO tests VALUES (1, 't1', 1), (2, 't2', 2);
PRAGMA application_id = 0x75626968;
PRAGMA user_version = 1;
