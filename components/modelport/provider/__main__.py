"""`python -m modelport.provider`: how the launcher in `plugin/` starts us."""

from modelport.provider import main

if __name__ == "__main__":
    main()
