#include "explain/outcome.hpp"

#include "explain/exit_status.hpp"

namespace vouchd {

int exit_status_of(deliverable outcome) {
    switch (outcome) {
        case deliverable::yes: return exit_status::success;
        case deliverable::no: return exit_status::undeliverable;
        case deliverable::unknown: return exit_status::undetermined;
    }
    return exit_status::internal;
}

}  // namespace vouchd
