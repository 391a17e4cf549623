#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "testmta/smtp/reply.hpp"
#include "world/dns/dns_message.hpp"
#include "world/language/expectation.hpp"
#include "world/language/pattern.hpp"
#include "world/language/tls_fault.hpp"

/// A world (testmta.md 15), ready to be played.
namespace testmta::world {

using duration = std::chrono::microseconds;

/// What a name does instead of giving its records.
enum class condition { normal, nxdomain, nodata, servfail, silent };

/// When a record is given: to every question for its name and type, only to the first, or to all but the
/// first. With it answers can change (DNS rebinding).
enum class turn { always, first, later };

class zone_record {
public:
    dns::record what;
    world::turn turn = world::turn::always;
};

/// All that a zone says about one name.
class node {
public:
    std::vector<zone_record> records;
    std::string alias;  ///< the target of its CNAME; empty if it has none
    world::condition condition = world::condition::normal;
    bool truncated_over_udp = false;
    duration delay{};
};

class zone {
public:
    std::string domain;
    std::map<std::string, node, std::less<>> names;  ///< absolute
};

enum class stage {
    connect,
    early,  ///< the client spoke before the greeting was sent
    greeting,
    ehlo,
    helo,
    starttls,
    auth,  ///< the client has given its credentials
    mail,
    rcpt,
    data,
    content,  ///< the end of the message
    rset,
    quit,
    idle,  ///< the client has said nothing for a while
    any    ///< any command
};

struct say {
    smtp::reply what;
};
/// Bytes to send as they are, one or several times.
struct send_octets {
    std::string octets;
    std::uint32_t times = 1;  ///< 0: until the client disconnects
};
struct wait {
    duration time;
};
/// A pause that grows: this much for each command that the client has sent.
struct tarpit {
    duration time;
};
/// From here on, bytes are sent this many at a time, with a gap between.
struct drip {
    std::size_t octets;
    duration gap;
};
/// The lines of this rule's replies end in a bare line feed.
struct bare_line_feeds {};
/// From here on, nothing is sent on this connection, whatever arrives.
struct stay_silent {};
/// This command gets no reply; the next one is answered as usual.
struct skip_reply {};
/// What this rule sends leaves together with the next reply.
struct hold_back {};
/// What the client has sent after this command is discarded.
struct forget_input {};
/// From here on nothing is read, so the client's window fills.
struct stop_reading {};
struct start_tls {
    tls_fault how;
};
/// The message is accepted, and later its sender gets a bounce: to the server at this address.
struct bounce {
    duration after;
    boost::asio::ip::address to;
    std::uint16_t port;
};
enum class ending { half_close, close, reset };
using action = std::variant<say, send_octets, wait, tarpit, drip, bare_line_feeds, stay_silent, skip_reply,
                            hold_back, forget_input, stop_reading, start_tls, bounce, ending>;

/// What a rule counts its matches in.
enum class span { connection, peer, envelope };
/// At which of its matches a rule acts.
enum class counting { nth, from, every };
struct count_condition {
    counting how;
    std::uint32_t number;
    span within;
};
/// Matches a client that began more than `connections` connections within `time`, and for `ban` after that.
struct rate_condition {
    std::uint32_t connections;
    duration time;
    duration ban{};
};
/// Matches until `time` has passed since the first try with the same key.
struct greylist_condition {
    duration time;
    bool by_client = true;
    bool by_sender = true;
    bool by_recipient = true;
};

class rule {
public:
    world::stage stage = world::stage::any;
    duration idle{};  ///< only of stage idle
    /// Matches the command's argument (addresses without angle brackets); at connect and greeting, the
    /// client's address; at auth, the user's name.
    std::optional<world::pattern> argument;
    std::optional<world::pattern> sender;
    std::optional<world::pattern> client;
    std::optional<bool> in_tls;
    std::optional<std::uint32_t> refusals;  ///< at least this many commands got a 5xx on this connection
    std::optional<std::uint32_t> commands;  ///< more commands than this were heard on this connection
    std::optional<std::uint32_t> open;      ///< more connections than this are open at once
    std::optional<count_condition> count;
    std::optional<rate_condition> rate;
    std::optional<greylist_condition> greylist;
    std::vector<action> actions;
    std::string text;  ///< the line that says it, as it was written
};

/// The state of the port that a client connects to.
enum class port_state { listening, closed, blackhole };

/// An EHLO keyword with its parameters.
class offer {
public:
    std::string line;
    std::optional<bool> in_tls;  ///< offered only in TLS, or only in clear
};

/// What a client may authenticate with.
struct login {
    std::string name;
    std::string password;
};

class peer {
public:
    std::string name;
    std::vector<boost::asio::ip::address> addresses;
    port_state port = port_state::listening;
    std::vector<offer> offers;
    std::vector<pattern> mailboxes;  ///< if there are any, all others do not exist
    std::vector<login> logins;       ///< if there are any, other credentials are refused
    std::vector<rule> rules;         ///< the first that matches wins
};

enum class clock_kind { real, virtual_time };

class description {
public:
    std::uint64_t seed = 1;
    clock_kind clock = clock_kind::real;
    std::vector<zone> zones;
    std::vector<peer> peers;
    std::vector<world::entry> entries;
};

}  // namespace testmta::world
