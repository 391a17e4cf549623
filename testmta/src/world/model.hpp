#pragma once

#include <boost/asio/ip/address_v4.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dns_message.hpp"
#include "testmta/smtp/reply.hpp"

/// What a world file says (testmta.md 15), ready to be played.
namespace testmta::world {

using duration = std::chrono::microseconds;

/// What a name does instead of giving its records.
enum class condition { normal, nxdomain, nodata, servfail, silent };

/// All that a zone says of one name.
class node {
public:
    std::vector<dns::record> records;
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

enum class stage { connect, greeting, ehlo, helo, mail, rcpt, rset, quit, any };

struct say {
    smtp::reply what;
};
struct send_octets {
    std::string octets;
};
struct wait {
    duration time;
};
/// From here on, so many octets at a time with a gap between.
struct drip {
    std::size_t octets;
    duration gap;
};
/// Nothing is said on this connection any more, whatever comes.
struct stay_silent {};
enum class ending { half_close, close, reset };
/// The rule speaks until the sender has waited this long; then it does not apply.
struct greylist {
    duration time;
};
using action = std::variant<say, send_octets, wait, drip, stay_silent, ending, greylist>;

class rule {
public:
    world::stage stage = world::stage::any;
    std::optional<std::string>
        pattern;  ///< `*` and `?`; of addresses without angle brackets; case does not matter
    std::optional<std::uint32_t>
        nth;  ///< of what else it matches: on one connection, or of the peer's connections
    std::vector<action> actions;
};

class peer {
public:
    std::string name;
    std::vector<boost::asio::ip::address_v4> addresses;
    std::vector<std::string> offers;  ///< EHLO keywords with their parameters
    std::vector<rule> rules;          ///< the first that matches wins
};

/// What a callout of an address must find, in the words of smtp-callout.md 3.9.
struct finding {
    std::string verdict;
    std::string reason;
};
class expectation {
public:
    std::string address;
    finding hard;
    std::optional<finding> soft;  ///< while an MTA waits, if that differs
};

class description {
public:
    std::vector<zone> zones;
    std::vector<peer> peers;
    std::vector<expectation> expectations;
};

}  // namespace testmta::world
