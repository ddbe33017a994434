namespace Itra.Cli.Help;

/// <summary>What <c>itra</c> alone prints: everything there is, on one screen.</summary>
internal static class Overview
{
    public const string Text = """
        Itra trains, tracks and compares vision-language experiments.
        Usage: itra COMMAND ...       `itra COMMAND --help` says more about one of them

        Start
          demo                        draw a small world, train on it, show the leaderboard (3 minutes)
          data check FLAGS            read the data as `train FLAGS` would; broken files, cut captions
          train FLAGS                 train or evaluate a CLIP; takes the fine-tuning guide's flags
          sweep run FILE              train a recipe's trials that are not done yet (recipes/*.yaml)
          wise-ft RUN                 score weights between a run's first and last ones (--alphas 0:1:0.1)
        Look
          runs ls, runs show RUN      all runs, the newest first; one run: settings, curves, scores
          leaderboard                 the best runs (--metric M, --experiment E, --all)
          report FILE                 a recipe's scores beside the guide's figures (--plot PICTURE.png)
          events RUN, audit verify    everything that was recorded of a run; proof that none was changed
          export RUN, import FILE     one run as a file (--format jsonl, ro-crate, prov, csv), and back again
        Models
          models ls, pull NAME        what is here; download published weights, or CLIP's vocabulary
          models import, export       add weights that you have; write some for other programs
          models params NAME FLAGS    count parameters, with train's lock and head flags applied
        Store
          up, down, doctor            start, stop the private database; check all that could be wrong

        RUN is an id, the beginning of one, or a name. --json: every answer as JSON; in a pipe: TSV.
        Exit codes: 0 done, 1 failed, 2 wrong input, 130 cancelled. Files: $ITRA_HOME (default ~/.itra).

        """;
}
