using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Itra.Tracking.Audit;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Npgsql;

namespace Itra.Tracking.Tests.Audit;

public sealed class CanonicalJsonTests(TestServer server)
{
    private static readonly double[] Notable =
    [
        0, -0.0, 1, -1, 0.1 + 0.2, 1e-5, 1e-6, 1e-7, 123e-7, 1.5e-6, 0.00012345, 1e15, 1e16, 1e20, 1e21, 1e22, 1.7976931348623157e308, 5e-324, 9007199254740993, 1.2345678901234568e17,
        12345678901234567890123.0, 100, 0.5, -1e-7, -1.25e22, 1 / 3.0, 76.02, float.MaxValue, (double)0.1f, double.NaN, double.PositiveInfinity,
    ];

    [Theory]
    [InlineData("""{ "b" : 1, "a" : [ 1 , 2 ] }""", """{"a":[1,2],"b":1}""")]
    [InlineData("""{"bb":1,"a":{"z":1,"y":{"q":true,"p":null}},"B":false}""", """{"B":false,"a":{"y":{"p":null,"q":true},"z":1},"bb":1}""")]
    [InlineData("{\"\\\"\":1,\"#\":2,\"!\":3,\"é\":4,\"😀\":5,\"\ue000\":6}", "{\"!\":3,\"\\\"\":1,\"#\":2,\"é\":4,\"\ue000\":6,\"😀\":5}")]
    [InlineData(@"""\u00e9\u0041\u001f\n\/\u2028\ud83d\ude00""", "\"éA\\u001f\\n/\u2028😀\"")]
    [InlineData("[1.0,1.50,-0,-0.0,0.1e1,1E2,100e-2,1e21,1e-7,123456789012345678,9223372036854775807,9223372036854775808]",
        "[1,1.5,0,0,1,100,1,1e+21,1e-7,123456789012345678,9223372036854775807,9223372036854776000]")]
    [InlineData("[0.000001,0.0000001,0.00000123,333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]", "[0.000001,1e-7,0.00000123,333333333.3333333,1e+30,4.5,0.002,1e-27]")]
    [InlineData("[]", "[]")]
    [InlineData("{}", "{}")]
    [InlineData("true", "true")]
    public void One_value_has_one_text(string json, string canonical) => Assert.Equal(canonical, Of(json));

    [Theory]
    [InlineData("")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":}")]
    public void What_is_not_one_value_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Of(json));

    [Fact]
    public void A_number_reads_back_as_itself()
    {
        var random = new Random(5);
        foreach (var value in Notable.Where(double.IsFinite).Concat(Enumerable.Range(0, 20_000).Select(_ => RandomDouble(random))))
        {
            var text = Of(value.ToString("R", CultureInfo.InvariantCulture));
            Assert.True(value.Equals(double.Parse(text, CultureInfo.InvariantCulture)) || value == 0, $"{value:R} became {text}");
            Assert.Equal(text, Of(text));
            // The same written at length, as PostgreSQL does.
            if (value == Math.Floor(value) && Math.Abs(value) < 1e28) Assert.Equal(text, Of(((BigInteger)decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture)));
        }
    }

    [Fact]
    public async Task What_PostgreSQL_makes_of_a_value_has_the_text_of_what_was_sent()
    {
        await using var database = await server.NewDatabaseAsync();
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var random = new Random(11);
        List<string> sent = [JsonSerializer.Serialize(Notable, EventJson.Options)];
        while (sent.Count < 3000) sent.Add(JsonSerializer.Serialize(RandomNode(random, depth: 4), EventJson.Options));

        await using var command = new NpgsqlCommand("select v::jsonb::text from unnest($1) with ordinality as t(v, n) order by n", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = sent });
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var reordered = 0;
        foreach (var json in sent)
        {
            await reader.ReadAsync(TestContext.Current.CancellationToken);
            var stored = reader.GetString(0);
            if (stored.Replace(" ", "") != json.Replace(" ", "")) reordered++;
            Assert.Equal(Of(json), Of(stored));
        }
        // So that a server which gives back what it got does not pass for a test.
        Assert.InRange(reordered, 1000, 3000);
    }

    private static string Of(string json) => Encoding.UTF8.GetString(CanonicalJson.Of(Encoding.UTF8.GetBytes(json)));

    private static double RandomDouble(Random random)
    {
        var value = random.Next(4) switch
        {
            0 => BitConverter.Int64BitsToDouble(random.NextInt64()),
            1 => random.Next(-1000, 1000) / 100.0,
            2 => random.NextDouble() * Math.Pow(10, random.Next(-12, 25)),
            _ => random.NextInt64(long.MinValue, long.MaxValue),
        };
        return double.IsFinite(value) ? value : 0;
    }

    private static JsonNode? RandomNode(Random random, int depth) => random.Next(depth > 0 ? 9 : 7) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 => JsonValue.Create(random.NextInt64(long.MinValue, long.MaxValue)),
        3 => JsonSerializer.SerializeToNode(Notable[random.Next(Notable.Length)], EventJson.Options),
        4 => JsonValue.Create(RandomDouble(random)),
        5 or 6 => JsonValue.Create(RandomText(random)),
        7 => new JsonArray([.. Enumerable.Range(0, random.Next(6)).Select(_ => RandomNode(random, depth - 1))]),
        _ => RandomObject(random, depth),
    };

    private static JsonObject RandomObject(Random random, int depth)
    {
        var node = new JsonObject();
        for (var i = random.Next(12); i > 0; i--) node[RandomText(random)] = RandomNode(random, depth - 1);
        return node;
    }

    private static string RandomText(Random random)
    {
        string[] letters = ["a", "B", "z", "0", "_", " ", "\"", "\\", "/", "\n", "\t", "\b", "\f", "\r", "\u0001", "\u001f", "\u007f", "é", "ß", "中", "\u2028", "😀", "\ue000", "<", "&", "+"];
        return string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => letters[random.Next(letters.Length)]));
    }
}
