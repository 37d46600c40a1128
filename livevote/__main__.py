from livevote.cli import main

main()
