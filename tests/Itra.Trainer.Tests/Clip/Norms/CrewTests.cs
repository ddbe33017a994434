using Itra.Trainer.Clip.Norms;

namespace Itra.Trainer.Tests.Clip.Norms;

public class CrewTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    public void Every_part_is_done_once_before_it_returns(int parts)
    {
        for (var round = 0; round < 200; round++)
        {
            var times = new int[parts];
            new Crew(parts, part => Interlocked.Increment(ref times[part])).Work();
            Assert.All(times, t => Assert.Equal(1, t));
        }
    }

    [Fact]
    public void What_a_part_throws_is_thrown_when_all_are_done()
    {
        var others = 0;
        var error = Assert.Throws<InvalidDataException>(() => new Crew(8, part => { if (part == 3) throw new InvalidDataException("part 3"); Interlocked.Increment(ref others); }).Work());
        Assert.Equal(("part 3", 7), (error.Message, others));
    }
}
