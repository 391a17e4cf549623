#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "callout/fence.hpp"
#include "callout/options.hpp"
#include "core/aggregate.hpp"
#include "core/plan.hpp"

namespace callout::core {

/// Walks over the hosts of a plan, and over the addresses of each: which comes next, which is left out, and
/// when enough is known. Sans-IO: the result of a lookup, the fence or a connection goes in, the next step
/// comes out.
///
///     look up -> check -> connect -> the next address, the next host, or done
///
/// A host of a route is the operator's choice, and is not checked. A host that is its own address is not
/// looked up.
class itinerary {
public:
    /// What the shell does next.
    class step {
    public:
        enum class kind {
            look_up,    ///< the addresses of the host
            check,      ///< ask the fence about the very address to connect to (CO-032)
            connect,    ///< to that address, unless a limit forbids it
            leave_out,  ///< report that the host, or the rest of its addresses, is not asked, and why
            done,
        };
        explicit step(kind k) : what(k) {}
        step(kind k, mail_host const& h, ip_address a) : what(k), host(&h), address(a) {}
        step(mail_host const& h, std::string_view w) : what(kind::leave_out), host(&h), why(w) {}

        bool finished() const noexcept { return what == kind::done; }

        kind what;
        mail_host const* host = nullptr;  ///< null if it is done
        ip_address address;               ///< to be checked or connected to
        std::string_view why;             ///< why it is left out
    };

    itinerary(engine_options const& options, mode pace);

    /// Begins the walk; the plan has at least one host.
    step start(host_plan plan);
    step resume();                                 ///< after `leave_out`
    step resume(std::vector<ip_address> ordered);  ///< after `look_up`: at least one
    step resume(fence_verdict const& verdict);     ///< after `check`
    /// After a `look_up` that found no address, or after `connect`: takes what that means.
    step resume(finding f);
    /// The same after connections, one of them to an address whose turn had not come.
    step resume(finding f, unsigned connections, std::optional<ip_address> const& taken_early);
    /// Ends the walk: `why` is the verdict's reason if nothing better is known.
    step give_up(reason why);

    /// Returns the host's addresses whose turn has not come.
    std::span<ip_address const> untried() const noexcept { return addresses_; }
    unsigned connections() const noexcept { return connections_; }
    /// Returns the verdict, after `done`.
    verification take_verdict() { return findings_.take_verdict(); }

private:
    step next_host();
    step next_address();
    step approach();
    step leave_out_for_now(mail_host const& host);
    bool has_enough_connections() const noexcept { return connections_ >= most_connections_; }
    bool is_ourselves_or_worse(mail_host const& host) const noexcept;
    mail_host const& here() const { return hosts_[next_ - 1]; }

    std::size_t most_connections_;
    std::size_t most_addresses_;
    callout::loopback_mx loopback_;
    std::vector<mail_host> hosts_;
    std::size_t next_ = 0;               ///< index in `hosts_`
    std::vector<ip_address> addresses_;  ///< of the host that is asked, those not tried yet
    ip_address address_;                 ///< whose turn it is
    std::size_t tried_ = 0;              ///< addresses of this host
    unsigned connections_ = 0;
    std::optional<std::uint16_t> own_preference_;  ///< of the host that is ourselves
    aggregate findings_;
    bool over_ = false;
};

}  // namespace callout::core
