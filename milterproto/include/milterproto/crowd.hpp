#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "milterproto/timer.hpp"

namespace milterproto {

/// Counts how many connections each client has, so that a client that has many gives way first.
class crowd {
    using counts = std::map<std::string, std::size_t, std::less<>>;

public:
    /// One connection; its destructor takes it out again.
    class member {
    public:
        member(crowd& in, std::string const& client)
            : counts_(in.counts_), where_(in.counts_->try_emplace(client, 0).first) {
            ++where_->second;
        }
        member(member&& other) noexcept = default;
        ~member() {
            if (counts_ != nullptr && --where_->second == 0) counts_->erase(where_);
        }
        /// Returns how many connections its client has, with this one.
        std::size_t of_client() const noexcept { return where_->second; }

    private:
        std::shared_ptr<counts> counts_;
        counts::iterator where_;
    };

    std::size_t of(std::string_view client) const {
        auto const found = counts_->find(client);
        return found == counts_->end() ? 0 : found->second;
    }

private:
    std::shared_ptr<counts> counts_ = std::make_shared<counts>();
};

/// How little a connection would be missed.
enum class spare : std::uint8_t {
    no,           ///< something is under way
    interrupted,  ///< its peer is silent in the middle of something
    idle,         ///< nothing is under way
    unused,       ///< and nothing ever was
};

/// A connection that could be closed for another one.
struct candidate {
    spare how = spare::no;
    std::size_t of_client = 0;  ///< connections that its client has
    steady_time since;          ///< when it began to wait

    /// Returns whether it should be closed rather than the other: its client has more, it is missed less, or
    /// it has waited longer, in this order.
    bool goes_before(candidate const& other) const noexcept {
        if (of_client != other.of_client) return of_client > other.of_client;
        if (how != other.how) return how > other.how;
        return since < other.since;
    }
};

}  // namespace milterproto
