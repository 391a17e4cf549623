#include <random>

#include "callout/system.hpp"

namespace callout {
namespace {

class system_random final : public random {
public:
    std::uint64_t next() noexcept override { return numbers_(); }

private:
    static std::uint64_t seed() {
        std::random_device device;
        return std::uint64_t(device()) << 32 | device();
    }
    std::mt19937_64 numbers_{seed()};
};

}  // namespace

std::unique_ptr<random> make_system_random() {
    return std::make_unique<system_random>();
}

}  // namespace callout
