-- mod_auth_callbridge: a Call Bridge decides who may log in at this host. It is asked over the stream by which it is
-- connected as a component. For Prosody 0.12; README.md says how to install it.
-- luacheck: globals module, read globals prosody

local async = require "util.async"
local errors = require "util.error"
local jid_prepped_split = require "util.jid".prepped_split
local new_id = require "util.id".long
local new_promise = require "util.promise".new
local new_sasl = require "util.sasl".new
local st = require "util.stanza"
local stringprep = require "util.encodings".stringprep
local configuration = require "core.configmanager"
local usermanager = require "core.usermanager"

-- Options. The errors here keep the module from being loaded, and without it nobody logs in.

local component = module:get_option_string("callbridge_component")
if not component then
  error('callbridge_component is not set: it names the component that the Call Bridge is, as in '
    .. 'callbridge_component = "cb1.example.com"', 0)
end
do
  local node, domain, resource = jid_prepped_split(component)
  if not domain or node or resource then
    error(('callbridge_component = %q is not the name of a component, such as "cb1.example.com"'):format(component), 0)
  end
  component = domain -- as it will be in "from"
end
if configuration.get(component, "component_module") ~= "component" then
  error(('callbridge_component = %q: the configuration has no external component of this name, as in '
    .. 'Component %q with a component_secret'):format(component, component), 0)
end

local timeout = module:get_option_number("callbridge_timeout", 5)
if not timeout or not (timeout > 0 and timeout < math.huge) then
  error("callbridge_timeout is not a number of seconds above 0", 0)
end

-- module:send_iq tracks no more than 256 requests and gives up the oldest for the next one.
local most_open = 256

-- Why somebody is not let in. `log` is for the administrator, `sasl` and `text` are for the client, which should not
-- take a failure of ours for a wrong password.

local function temporary(level, log)
  return {
    level = level; log = log;
    sasl = "temporary-auth-failure"; text = "Passwords can't be checked at the moment. Try again later.";
  }
end

-- By the condition of the Call Bridge's error.
local refusals = {
  ["not-authorized"] = {
    level = "info"; log = "refused: the Call Bridge does not accept this name with this password";
    sasl = "not-authorized"; text = "Wrong username or password.";
  };
  ["bad-request"] = {
    level = "warn"; log = "malformed: the Call Bridge can't take this name or this password";
    sasl = "malformed-request"; text = "Invalid username or password.";
  };
  ["forbidden"] = temporary("error", "forbidden: " .. component .. " takes no login requests from " .. module.host
    .. "; add it to the hosts of the Call Bridge's login policy");
  ["policy-violation"] = temporary("warn", "slowed down: there were too many wrong passwords for this name lately");
  ["resource-constraint"] = temporary("warn", "overloaded: the Call Bridge has too many login requests open");
  ["remote-server-timeout"] = temporary("warn", "undecided: the Call Bridge could not decide in time");
  ["internal-server-error"] = temporary("warn", "undecided: the Call Bridge could not decide; its log says why");
}
local away = temporary("warn", "away: " .. component .. " is not connected")
local late = temporary("warn", ("late: %s did not answer within %g s"):format(component, timeout))
local overloaded = temporary("warn", "overloaded: " .. most_open .. " login requests of this host are open already")
local reloaded = temporary("info", "reloaded: this module was unloaded meanwhile")
local no_component = temporary("error", "no component: this server has no component " .. component .. " (any more)")
local no_waiting = temporary("error", "unexpected: whoever checks this password can't wait for an answer")

local function unexpected(what)
  return temporary("error", "unexpected: the Call Bridge answered with " .. what)
end

-- The reject functions of the requests that are open, by id, and their number.
local open, open_count = {}, 0

local function request(iq)
  return new_promise(function (resolve, reject)
    if module.loaded == false then return reject(reloaded) end
    open[iq.attr.id] = reject
    module:send_iq(iq, nil, timeout):next(resolve, reject)
  end)
end

-- Nobody would wake those who wait: with the module go its hooks and its timers.
function module.unload()
  for _, reject in pairs(open) do reject(reloaded) end
end

-- Whether the answer lets somebody in; if not, why. When the component is away, its stanza comes back as an error, and
-- send_iq takes that for an answer like any other.
local function judge(iq, answer)
  local attr = answer.attr
  if attr.from ~= component or attr.to ~= module.host or attr.id ~= iq.attr.id then
    return false, unexpected("something that is not for this request")
  end
  if attr.type == "result" then return true end
  if attr.type ~= "error" then return false, unexpected("neither a result nor an error") end
  local stanza_error = answer:get_child("error")
  if stanza_error and stanza_error:get_child("not-connected", "xmpp:prosody.im/protocol/component") then
    return false, away
  end
  local _, condition = answer:get_error()
  return false, refusals[condition] or unexpected("an error " .. tostring(condition))
end

-- Asks the Call Bridge; the session's coroutine waits meanwhile, all others go on. Both are prepared (RFC 7622, 4616).
local function ask(username, password)
  if module.loaded == false then return false, reloaded end
  if not async.ready() then return false, no_waiting end
  -- Without this a stanza for a name that is not, or no longer, ours would leave for another server.
  local host = prosody.hosts[component]
  if not (host and host.modules.component) then return false, no_component end
  if open_count >= most_open then return false, overloaded end

  local iq = st.iq({ type = "set"; from = module.host; to = component; id = new_id() })
    :tag("query", { xmlns = "jabber:iq:auth" })
      :text_tag("username", username)
      :text_tag("password", password)
    :up()
  open_count = open_count + 1
  local event, failure = async.wait_for(request(iq))
  open_count = open_count - 1
  open[iq.attr.id] = nil

  if event then return judge(iq, event.stanza) end
  if failure == reloaded then return false, reloaded end
  if not errors.is_error(failure) then return false, unexpected("what failed here: " .. tostring(failure)) end
  if failure.context.stanza then return judge(iq, failure.context.stanza) end
  if failure.condition == "remote-server-timeout" then return false, late end
  return false, unexpected("nothing: " .. tostring(failure))
end

local function login(username, password)
  local accepted, refusal = ask(username, password)
  if accepted == true then
    module:log("debug", "Login of %s: accepted", username)
    return true
  end
  module:log(refusal.level, "Login of %s: %s", username, refusal.log)
  return false, refusal
end

local provider = {}

function provider.get_sasl_handler(session)
  local refusal
  local handler = new_sasl(module.host, {
    plain_test = function (_, username, password)
      local accepted
      accepted, refusal = login(username, password)
      return accepted, true
    end;
  })

  -- util.sasl knows no failure but a wrong password.
  local process = handler.process
  function handler:process(message)
    refusal = nil
    local status, condition, text = process(self, message)
    if status == "failure" and refusal then return status, refusal.sasl, refusal.text end
    return status, condition, text
  end

  -- For another try on the same stream; the module may have been loaded anew since.
  function handler:clean_clone() -- luacheck: ignore 212/self
    return usermanager.get_sasl_handler(module.host, session)
  end

  return handler
end

function provider.test_password(username, password)
  local prepared_username, prepared_password = stringprep.nodeprep(username), stringprep.saslprep(password)
  if not prepared_username or prepared_username == "" or not prepared_password or prepared_password == "" then
    return nil, "Invalid username or password."
  end
  local accepted, refusal = login(prepared_username, prepared_password)
  if accepted then return true end
  return nil, refusal.text
end

-- The Call Bridge does not tell who exists. With "yes" for everybody all works for users who are offline.
function provider.user_exists()
  return true
end

local unsupported = "not supported: the Call Bridge, not this server, keeps the users of " .. module.host

for _, name in ipairs { "get_password"; "set_password"; "create_user"; "delete_user" } do
  provider[name] = function () return nil, unsupported end
end

-- What is expected is an iterator: there is nothing else to say no with.
function provider.users()
  error("Listing users is " .. unsupported, 0)
end

module:provides("auth", provider)
