using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using Itra.Domain;
using Itra.Trainer.Distributed;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Distributed;

public class ProcessTeamTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public void Orders_arrive_in_order_and_questions_are_answered()
    {
        using var teams = new LoopbackTeams(3);
        var heard = teams.OnAll(team =>
        {
            if (team.Place.Process == 0)
            {
                for (var i = 0; i < 100; i++) team.Give(new Order(OrderKind.Step) { Batch = i });
                return string.Join(' ', team.Ask<string>(new Order(OrderKind.TellSkipped)));
            }
            for (var i = 0; i < 100; i++) Assert.Equal(i, team.Next().Batch);
            Assert.Equal(OrderKind.TellSkipped, team.Next().Kind);
            team.Answer($"of {team.Place.Process}");
            return "";
        });
        Assert.Equal("of 1 of 2", heard[0]);
    }

    [Fact]
    public void Who_cannot_go_on_ends_what_the_others_wait_for_with_its_reason()
    {
        using var teams = new LoopbackTeams(3);
        var since = Stopwatch.GetTimestamp();
        var errors = teams.OnAll(team =>
        {
            if (team.Place.Process == 2)
            {
                team.Link.Abandon("the disk is full");
                return Assert.Throws<RankFailedException>(() => Sum(team)).Message;
            }
            return Assert.Throws<RankFailedException>(() => team.Place.Process == 0 ? Sum(team) : team.Next().Batch).Message;
        });
        Assert.All(errors.Take(2), e => Assert.Contains("process 2 on", e, StringComparison.Ordinal));
        Assert.All(errors.Take(2), e => Assert.Contains("the disk is full", e, StringComparison.Ordinal));
        Assert.True(Stopwatch.GetElapsedTime(since) < Soon);
    }

    [Fact]
    public async Task A_process_that_is_silent_for_too_long_counts_as_dead()
    {
        var port = LoopbackTeams.FreePort();
        var leading = Task.Run(() => LoopbackTeams.Lead(LoopbackTeams.Place(0, 2, port), silence: 2), TestContext.Current.CancellationToken);
        using var mute = new MuteProcess(port);
        using var team = await leading;
        Assert.True(team.Failed.WaitHandle.WaitOne(Soon));
        Assert.Contains("process 1 on nowhere has not been heard of for 2 seconds", Assert.Throws<RankFailedException>(team.ThrowIfFailed).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_to_stop_reaches_the_first_process_and_from_there_all()
    {
        using var teams = new LoopbackTeams(3);
        teams.Teams[1].AskToStop();
        Assert.True(SpinWait.SpinUntil(() => teams.Stops.Contains(0), Soon));
        Assert.False(teams.Teams[2].Interrupted.IsCancellationRequested);
        teams.Teams[0].AskToStop();
        Assert.All(teams.Teams, team => Assert.True(team.Interrupted.WaitHandle.WaitOne(Soon)));
    }

    [Theory]
    [InlineData("seed", "2", "was started with seed '2', process 0 with '1'")]
    [InlineData("processes", "3", "is one of 3, process 0 one of 2")]
    public void A_process_that_does_not_fit_is_refused_on_both_sides(string what, string value, string message)
    {
        var port = LoopbackTeams.FreePort();
        var errors = LoopbackTeams.OnAll(2, process =>
        {
            var place = LoopbackTeams.Place(process, what == "processes" && process == 1 ? int.Parse(value) : 2, port);
            var settings = new Dictionary<string, string>(LoopbackTeams.Settings);
            if (process == 1) settings[what] = value;
            return Assert.Throws<UserErrorException>(() => process == 0 ? LoopbackTeams.Lead(place, settings) : LoopbackTeams.Follow(place, settings)).Message;
        });
        Assert.All(errors, e => Assert.Contains(message, e, StringComparison.Ordinal));
    }

    [Fact]
    public void A_process_that_finds_another_kind_of_device_is_refused_on_both_sides()
    {
        var port = LoopbackTeams.FreePort();
        var errors = LoopbackTeams.OnAll(2, process =>
        {
            var place = LoopbackTeams.Place(process, 2, port);
            return Assert.Throws<UserErrorException>(() => process == 0
                ? new Rendezvous(place, TimeProvider.System, _ => { }, () => { }).Lead(LoopbackTeams.Settings, TestContext.Current.CancellationToken, TorchSharp.DeviceType.CUDA)
                : LoopbackTeams.Follow(place, prepare: invitation => Admission.MustComputeOn(TorchSharp.DeviceType.CPU, process, invitation))).Message;
        });
        Assert.All(errors, e => Assert.Contains("would train on CPU, process 0 on", e, StringComparison.Ordinal));
        Assert.All(errors, e => Assert.Contains("trains on CUDA: give all the same --device", e, StringComparison.Ordinal));
    }

    [Fact]
    public void What_differs_by_machine_may_differ()
    {
        var port = LoopbackTeams.FreePort();
        var teams = LoopbackTeams.OnAll(2, process =>
        {
            var place = LoopbackTeams.Place(process, 2, port);
            var settings = new Dictionary<string, string>(LoopbackTeams.Settings) { ["threads"] = $"{process + 1}", ["name"] = $"{process}" };
            return process == 0 ? LoopbackTeams.Lead(place, settings) : LoopbackTeams.Follow(place, settings, invitation => Assert.Equal("1", invitation.Settings["threads"]));
        });
        teams[0].Give(new Order(OrderKind.End));
        Assert.Equal(OrderKind.End, teams[1].Next().Kind);
        foreach (var team in teams) team.Dispose();
    }

    [Fact]
    public async Task Strangers_and_latecomers_are_turned_away()
    {
        var port = LoopbackTeams.FreePort();
        ConcurrentQueue<string> told = [];
        var leading = Task.Run(() => LoopbackTeams.Lead(LoopbackTeams.Place(0, 2, port), tell: told.Enqueue), TestContext.Current.CancellationToken);
        using var stranger = Connected(port);
        stranger.Send("GET / HTTP/1.1\r\n\r\n"u8);
        Assert.True(IsClosed(stranger));
        using var follower = LoopbackTeams.Follow(LoopbackTeams.Place(1, 2, port));
        using var leader = await leading;
        var late = Assert.Throws<UserErrorException>(() => LoopbackTeams.Follow(LoopbackTeams.Place(1, 2, port)));
        Assert.Contains("process 1 is there already", late.Message, StringComparison.Ordinal);
        Assert.Contains(told, line => line.Contains("turned away", StringComparison.Ordinal) && line.Contains("no process of this training", StringComparison.Ordinal));
        leader.Give(new Order(OrderKind.End));
        Assert.Equal(OrderKind.End, follower.Next().Kind);
    }

    [Fact]
    public void Whoever_is_not_there_in_time_is_named_and_so_is_an_absent_first_process()
    {
        var place = LoopbackTeams.Place(0, 3, LoopbackTeams.FreePort()) with { Patience = TimeSpan.FromSeconds(1) };
        Assert.Contains("of 3 processes only 1 have come within 1 seconds, not process 1, 2", Assert.Throws<UserErrorException>(() => LoopbackTeams.Lead(place)).Message, StringComparison.Ordinal);
        Assert.Contains($"process 0 did not answer at 127.0.0.1:{place.Port}", Assert.Throws<UserErrorException>(() => LoopbackTeams.Follow(place with { Process = 1 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_cannot_prepare_itself_says_why_to_the_first()
    {
        var port = LoopbackTeams.FreePort();
        var errors = LoopbackTeams.OnAll(2, process =>
        {
            var place = LoopbackTeams.Place(process, 2, port);
            return Assert.ThrowsAny<Exception>(() => process == 0 ? LoopbackTeams.Lead(place) : LoopbackTeams.Follow(place, prepare: _ => throw new FileNotFoundException("no captions here"))).Message;
        });
        Assert.Contains("cannot take part: no captions here", errors[0], StringComparison.Ordinal);
        Assert.Equal("no captions here", errors[1]);
    }

    private static int Sum(ProcessTeam team)
    {
        using var vector = zeros(1000);
        team.Link.Sum(vector);
        return 0;
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            return socket.Receive(new byte[1]) == 0;
        }
        catch (SocketException e)
        {
            // What it has said was not read.
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    private static Socket Connected(int port)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Soon.TotalMilliseconds };
            try
            {
                socket.Connect("127.0.0.1", port);
                return socket;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(since) < Soon)
            {
                socket.Dispose();
                Thread.Sleep(50);
            }
        }
    }

    /// <summary>Says all that is needed to take part, and then nothing any more.</summary>
    private sealed class MuteProcess : IDisposable
    {
        private readonly ControlLine line;
        private readonly Socket data;

        public MuteProcess(int port)
        {
            line = new ControlLine(Connected(port), TimeProvider.System);
            line.Say(Word.Greeting, new Greeting(1, 2, Rendezvous.Version, "nowhere", 1, LoopbackTeams.Settings));
            var invitation = ControlLine.Read<Invitation>(line.Hear()!.Value.Content);
            data = Connected(port);
            new ControlLine(data, TimeProvider.System).Say(Word.Data, new DataGreeting(invitation.Token, 1));
            line.Say(Word.Ready);
        }

        public void Dispose()
        {
            data.Dispose();
            line.Dispose();
        }
    }
}
