#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "load/plan.hpp"

namespace testmta::load {

/// What the messages of a load consist of, made once for all connections, so that a message costs no more
/// than its copies into the frames.
class workload {
public:
    explicit workload(plan const& what);

    std::string_view sender() const noexcept { return "<sender@example.org>"; }
    std::vector<std::string> const& recipients() const noexcept { return recipients_; }
    std::vector<std::pair<std::string, std::string>> const& headers() const noexcept { return headers_; }

    /// Chooses the sizes of one connection's messages. They depend on the seed and the connection alone, and
    /// not on the order in which connections are served.
    class sizes {
    public:
        sizes(plan const& what, std::size_t connection);
        std::size_t next() { return least_ + static_cast<std::size_t>(random_() % (greatest_ - least_ + 1)); }

    private:
        std::mt19937 random_;
        std::size_t least_, greatest_;
    };
    std::string_view body(std::size_t size) const { return std::string_view(body_).substr(0, size); }

private:
    std::vector<std::string> recipients_;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::string body_;
};

}  // namespace testmta::load
