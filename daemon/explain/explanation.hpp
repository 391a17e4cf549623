#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/decision.hpp"
#include "policy/described.hpp"

/// Why an address is judged as it is (daemon.md 4.2). The recorder writes an explanation where the callout
/// runs; json.hpp carries it over the control socket, and render.hpp shows it to a person. The names of the
/// members are those of the JSON document.
namespace vouchd {

/// What scripts want to know about an address.
enum class deliverable { yes, no, unknown };
BOOST_DESCRIBE_ENUM(deliverable, yes, no, unknown)

struct explained_address {
    std::string normalized, local, domain;
    std::optional<std::string> beyond_rfc5321;  ///< what the RFC does not allow in it
};
BOOST_DESCRIBE_STRUCT(explained_address, (), (normalized, local, domain, beyond_rfc5321))

struct explained_rule {
    std::string rule;
    bool matched = false;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(explained_rule, (), (rule, matched, why))

struct cache_look {
    std::string layer, about;
    bool hit = false;
    std::optional<std::string> result;  ///< of a hit
    std::optional<std::int64_t> age_s;
};
BOOST_DESCRIBE_STRUCT(cache_look, (), (layer, about, hit, result, age_s))

struct dns_look {
    std::string name, type, outcome;
    std::int64_t ttl_s = 0;
    std::vector<std::string> records;
    std::int64_t at_ms = 0;  ///< since the question, as all times here
};
BOOST_DESCRIBE_STRUCT(dns_look, (), (name, type, outcome, ttl_s, records, at_ms))

struct fence_look {
    std::string host, address;
    bool allowed = false;
    std::string rule;
};
BOOST_DESCRIBE_STRUCT(fence_look, (), (host, address, allowed, rule))

struct host_left_out {
    std::string host, why;
};
BOOST_DESCRIBE_STRUCT(host_left_out, (), (host, why))

struct dialogue_line {
    std::int64_t at_ms = 0;
    std::string direction;  ///< ">" sent, "<" received, "!" a failure, "*" a remark
    std::string text;       ///< lines of one reply are separated by CR LF
};
BOOST_DESCRIBE_STRUCT(dialogue_line, (), (at_ms, direction, text))

struct explained_session {
    std::string host, ip;
    std::uint16_t port = 0;
    std::int64_t at_ms = 0;
    std::optional<std::string> from;  ///< our own address
    std::vector<dialogue_line> lines;
};
BOOST_DESCRIBE_STRUCT(explained_session, (), (host, ip, port, at_ms, from, lines))

struct explained_decision {
    std::string rule, action, mode, effective;
};
BOOST_DESCRIBE_STRUCT(explained_decision, (), (rule, action, mode, effective))

class explanation {
public:
    explanation() {}
    std::string input;
    std::optional<explained_address> address;
    std::optional<std::string> error;  ///< why the input is not an address
    std::vector<explained_rule> policy;
    std::vector<cache_look> cache;
    std::vector<dns_look> dns;
    std::vector<fence_look> fence;
    std::vector<host_left_out> left_out;
    bool joined = false;  ///< another question's callout was awaited
    std::vector<explained_session> dialogue;
    std::optional<described_verdict> verdict;  ///< nothing where a rule spared the callout
    explained_decision decision;
    std::optional<std::string> reply;  ///< what the SMTP client is told, or would be, on a refusal
    deliverable outcome = deliverable::unknown;
};
BOOST_DESCRIBE_STRUCT(explanation, (),
                      (input, address, error, policy, cache, dns, fence, left_out, joined, dialogue, verdict,
                       decision, reply, outcome))

/// Returns what is known without the events of a callout: the address, the rules, the verdict, the decision.
explanation explain_decision(subject const& sender, decision const& made);

}  // namespace vouchd
