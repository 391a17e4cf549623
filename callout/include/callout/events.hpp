#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <string>
#include <variant>

#include "callout/core/reply.hpp"
#include "callout/fence.hpp"
#include "callout/resolver.hpp"
#include "callout/stream.hpp"
#include "callout/verification.hpp"

/// What a callout lives through, in order (smtp-engine.md A.5). An observer sees it as it happens; nobody can
/// alter it. `cached` or `joined` end the story early; otherwise `done` is last, always.
namespace callout::event {

struct cache_looked_up {
    std::string_view layer;  ///< "memory", "store"
    std::string_view about;  ///< "address", "domain"
    bool hit;
    verification const* found;  ///< null on a miss
};
struct joined {};  ///< another asker of the same address is under way: this one waits for its answer
struct dns_answered {
    std::string_view name;
    record_type type;
    dns_answer const& answer;
};
struct address_checked {  ///< by the fence
    std::string_view host;
    ip_address address;
    fence_verdict const& verdict;
};
struct left_out {  ///< a candidate that is not tried, and why
    std::string_view host;
    std::string_view why;
};
struct connecting {
    std::string_view host;
    endpoint to;
};
struct connect_failed {
    std::string_view host;
    endpoint to;
    boost::system::error_code error;
};
struct connected {
    std::string_view host;
    endpoint local, to;
    std::chrono::milliseconds took;
};
struct sent {
    std::string_view command;  ///< without line end
};
struct received {
    core::reply const& reply;
};
struct reply_failed {  ///< no reply could be read: garbage, too long, closed, out of time
    boost::system::error_code error;
};
struct disconnected {};
struct done {
    verification const& verdict;
};

}  // namespace callout::event

namespace callout {

using any_event =
    std::variant<event::cache_looked_up, event::joined, event::dns_answered, event::address_checked,
                 event::left_out, event::connecting, event::connect_failed, event::connected, event::sent,
                 event::received, event::reply_failed, event::disconnected, event::done>;

/// Told of everything, on the engine's executor, with the time at which it happened. Must not throw.
class observer {
public:
    virtual ~observer() = default;
    virtual void on(any_event const& what, steady_time when) = 0;
};

}  // namespace callout
