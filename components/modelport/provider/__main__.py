"""`python -m modelport.provider`: how the launcher in `plugin/` starts us."""

from modelport.provider import main
from modelport.provider.protocol_only import without_sdk

if __name__ == "__main__":
    without_sdk()
    main()
