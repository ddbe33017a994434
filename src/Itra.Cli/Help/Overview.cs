namespace Itra.Cli.Help;

/// <summary>What <c>itra</c> alone prints: everything there is, on one screen.</summary>
internal static class Overview
{
    public const string Text = """
        Itra trains, tracks and compares vision-language experiments.
        Usage: itra COMMAND ...           `itra COMMAND --help` says more about one of them

        Train   demo                      draw a small world, train on it, show the leaderboard (3 minutes)
                train FLAGS               train or evaluate a CLIP; takes the fine-tuning guide's flags
                data check FLAGS          read the data as `train FLAGS` would; broken files, cut captions
                sweep run FILE            train a recipe's trials that are not done yet (recipes/*.yaml)
                wise-ft RUN               score weights between a run's first and last ones
                runs resume, branch RUN   go on after an interruption; go on with other settings
                reproduce RUN             run a recorded run again, and compare step by step
        Look    runs ls, runs show RUN    all runs, the newest first; one run: settings, curves, scores
                leaderboard [NAME]        the best runs; define, preview, history: rankings with a memory
                compare RUN RUN           results, settings, curves side by side; explain-delta: what to try
                report FILE               a recipe's scores beside the guide's figures (--plot PICTURE.png)
                events RUN, audit log     everything that was recorded, in order: of a run, of all
        Trust   audit verify, seal        prove that nothing was changed; sign what there is
                audit explain RUN         how was this number obtained
                export RUN, import FILE   a run as a file (--format jsonl, ro-crate, prov, csv), and back
        Models  models, checkpoints, gc   weights and vocabularies; what runs keep; delete the rest
        Store   up, down, sync, doctor, db, rebuild, backup TO, restore FROM   the database, copies of it

        RUN is an id, the beginning of one, or a name. --json: as JSON. Files: $ITRA_HOME (~/.itra).

        """;
}
