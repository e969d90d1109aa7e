-- Prosody, an XMPP server in Lua, with what a chat on the web needs and nothing else: WebSockets, the archive (mam),
-- every tab of an account (carbons), and nothing lost when a connection breaks (smacks).
-- {port}, {folder} and {storage} are filled in.
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}"
log = { warn = "{folder}/prosody.log" }
plugin_paths = {}
modules_enabled = { "roster", "saslauth", "disco", "carbons", "smacks", "mam", "websocket", "ping" }
modules_disabled = { "s2s", "offline" }
-- One port, on this machine, as behind a proxy that ends TLS.
c2s_ports, c2s_direct_tls_ports, https_ports = {}, {}, {}
http_ports, http_interfaces = { {port} }, { "127.0.0.1" }
-- Else small frames wait for one another, up to 40 ms.
network_settings = { nagle = false }
c2s_require_encryption = false
consider_websocket_secure = true
authentication = "internal_plain"
storage = { accounts = "internal", archive = "{storage}" }
sql = { driver = "SQLite3", database = "archive.sqlite" }
default_archive_policy = true
VirtualHost "localhost"
