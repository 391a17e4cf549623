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

/// What a world file says (testmta.md 15), ready to be played.
namespace testmta::world {

using duration = std::chrono::microseconds;

/// What a name does instead of giving its records.
enum class condition { normal, nxdomain, nodata, servfail, silent };

/// When a record is given: to every question for its name and type, to the first, or to all but the first. So
/// answers change (DNS rebinding).
enum class turn { always, first, later };

class zone_record {
public:
    dns::record what;
    world::turn turn = world::turn::always;
};

/// All that a zone says of one name.
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
    early,  ///< the client spoke before the greeting was out
    greeting,
    ehlo,
    helo,
    starttls,
    mail,
    rcpt,
    data,
    content,  ///< the end of the message's octets
    rset,
    quit,
    idle,  ///< nothing was heard for a while
    any    ///< whatever command
};

struct say {
    smtp::reply what;
};
/// Octets that are no reply of ours: as they are, so many times.
struct send_octets {
    std::string octets;
    std::uint32_t times = 1;  ///< 0: until the client has gone
};
struct wait {
    duration time;
};
/// A pause that grows: this long for each command that the client has sent.
struct tarpit {
    duration time;
};
/// From here on, so many octets at a time with a gap between.
struct drip {
    std::size_t octets;
    duration gap;
};
/// The lines of this rule's replies end in a bare line feed.
struct bare_line_feeds {};
/// Nothing is said on this connection any more, whatever comes.
struct stay_silent {};
/// To this command nothing is said; to the next one, what it deserves.
struct skip_reply {};
/// What this rule says leaves together with the next reply.
struct hold_back {};
/// What the client has sent behind this command is thrown away.
struct forget_input {};
/// From here on nothing is read: the client's window fills.
struct stop_reading {};
struct start_tls {
    tls_fault how;
};
enum class ending { half_close, close, reset };
using action = std::variant<say, send_octets, wait, tarpit, drip, bare_line_feeds, stay_silent, skip_reply,
                            hold_back, forget_input, stop_reading, start_tls, ending>;

/// What a rule counts by.
enum class span { connection, peer, envelope };
/// Which of the matches of a rule it acts at.
enum class counting { nth, from, every };
struct count_condition {
    counting how;
    std::uint32_t number;
    span within;
};
/// More than `connections` began within `time`; whoever did that is held for so for `ban`.
struct rate_condition {
    std::uint32_t connections;
    duration time;
    duration ban{};
};
/// The rule applies until this long has passed since the first try under the same key.
struct greylist_condition {
    duration time;
    bool by_client = true;
    bool by_sender = true;
    bool by_recipient = true;
};

class rule {
public:
    world::stage stage = world::stage::any;
    duration idle{};  ///< of stage idle
    std::optional<world::pattern>
        argument;  ///< of addresses without angle brackets; at connect and greeting the client's address
    std::optional<world::pattern> sender;
    std::optional<world::pattern> client;
    std::optional<bool> in_tls;
    std::optional<std::uint32_t> refusals;  ///< so many commands were answered by 5xx on this connection
    std::optional<std::uint32_t> commands;  ///< more commands than this were heard on this connection
    std::optional<std::uint32_t> open;      ///< more connections than this are open at once
    std::optional<count_condition> count;
    std::optional<rate_condition> rate;
    std::optional<greylist_condition> greylist;
    std::vector<action> actions;
};

/// What a connection attempt meets.
enum class port_state { listening, closed, blackhole };

/// An EHLO keyword with its parameters.
class offer {
public:
    std::string line;
    std::optional<bool> in_tls;  ///< only there, or only before
};

class peer {
public:
    std::string name;
    std::vector<boost::asio::ip::address> addresses;
    port_state port = port_state::listening;
    std::vector<offer> offers;
    std::vector<pattern> mailboxes;  ///< if there are any, it knows no others
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
