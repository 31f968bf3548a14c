using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class CsvTests
{
    [Test]
    public void What_is_written_is_read_back([Values(',', ';', '\t')] char separator, [Values] bool header)
    {
        Gen<Row> row = Texts.Any.SelectMany(static text => Texts.Any.SelectMany(other => Gen.Choose(-999, 999).Select(number => new Row(
            text, number / 8.0, other, DateTimeOffset.UnixEpoch.AddTicks(number * 1_234_567_891L), number % 2 == 0 ? null : number))));
        Gen<(List<Row> Rows, int Chunk, int Batch)> cases = row.ListOf().SelectMany(
            static rows => Gen.Choose(1, 64).SelectMany(chunk => Gen.Choose(1, 20).Select(batch => (rows.ToList(), chunk, batch))));

        Prop.ForAll(cases.ToArbitrary(), sample => Run.Now(async () =>
        {
            using var directory = new TemporaryDirectory();
            string path = directory.File("rows.csv");
            var options = new CsvOptions { Separator = separator, HasHeader = header, ChunkSize = sample.Chunk };
            await OpenedSink<Row>.WriteAllAsync(Csv.Write<Row>(path, Columns, options), sample.Rows, sample.Batch);

            Func<CsvRow, Row> read = header
                ? static r => new Row(
                    r.Text("te\"xt"), r.Double("value"), r.Text("other,\n"), r.DateTimeOffset("at"), r.IsEmpty("maybe") ? null : r.Int32("maybe"))
                : static r => new Row(r.Text(0), r.Double(1), r.Text(2), r.DateTimeOffset(3), r.IsEmpty(4) ? null : r.Int32(4));
            await using OpenedSource<Row> opened = await OpenedSource<Row>.OpenAsync(Csv.Read(read, options, path), sample.Batch);
            (await opened.ReadToEndAsync()).Should().Equal(sample.Rows);
            opened.DeadLetters.Should().BeEmpty();
        })).QuickCheckThrowOnFailure();
    }

    [Test]
    public void A_single_column_keeps_its_empty_rows() =>
        Prop.ForAll(Texts.Any.ListOf().ToArbitrary(), texts => Run.Now(async () =>
        {
            using var directory = new TemporaryDirectory();
            string path = directory.File("rows.csv");
            await OpenedSink<string>.WriteAllAsync(
                Csv.Write<string>(path, static row => row.Column("text", static text => text), new CsvOptions { HasHeader = false }), texts);

            (List<string[]> rows, _) = await FieldsAsync(path, new CsvOptions { HasHeader = false });
            rows.Select(static row => row.Single()).Should().Equal(texts);
        })).QuickCheckThrowOnFailure();

    [TestCase("a,b\n1,2\n", "1|2")]
    [TestCase("a,b\r\n1,2\r\n", "1|2")]
    [TestCase("\uFEFFa,b\n1,2", "1|2")]
    [TestCase("a,b\n\n1,2\n\r\n\n", "1|2")]
    [TestCase("a,b\n,\n", "|")]
    [TestCase("a,b\n\"\",\"\"\n", "|")]
    [TestCase("a,b\n\"1\",\"2\"\r\n3,4\n", "1|2/3|4")]
    [TestCase("a,b\n\"x,\"\"y\"\"\",\" z \"", "x,\"y\"| z ")]
    [TestCase("a,b\n\"one\ntwo\",\"three\r\nfour\"\r\n5,6", "one\ntwo|three\r\nfour/5|6")]
    [TestCase("a,b\n\"\"\"\",\"\n\"\n", "\"|\n")]
    [TestCase("a,b\n 1 , 2 \n", " 1 | 2 ")]
    public async Task Rows_are_split_after_RFC_4180(string text, string expected)
    {
        using var directory = new TemporaryDirectory();
        foreach (int chunk in new[] { 1, 2, 3, 1000 })
        {
            (List<string[]> rows, List<DeadLetter> deadLetters) = await FieldsAsync(
                directory.Write("file", text), new CsvOptions { ChunkSize = chunk });

            string.Join('/', rows.Select(static row => string.Join('|', row))).Should().Be(expected);
            deadLetters.Should().BeEmpty();
        }
    }

    [TestCase("1,\"x\"y\n", "1,\"x\"y", "*after its closing quote*")]
    [TestCase("1,x\"y\"\n", "1,x\"y\"", "*without being enclosed*")]
    [TestCase("1,x\"y\r\n", "1,x\"y", "*without being enclosed*")]
    [TestCase("1\n", "1", "*1 fields, the header has 2*")]
    [TestCase("1,2,3\n", "1,2,3", "*3 fields, the header has 2*")]
    [TestCase("x,2\n", "x,2", "*column 'a' holds 'x'*no integer of 32 bits*")]
    [TestCase("\"1\ufffd\n2\",2\n", "\"1\ufffd\n2\",2", "*")]
    public async Task A_row_that_does_not_parse_is_a_dead_letter_and_the_next_is_read(string row, string payload, string reason)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", $"a,b\n1,\"\n\"\n{row}3,4\n");
        foreach (int chunk in new[] { 1, 2, 3, 1000 })
        {
            ISource<int> source = Csv.Read(static r => r.Int32("a"), new CsvOptions { ChunkSize = chunk }, path);
            await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(source, batchSize: 2);
            await opened.ReadToEndAsync();

            opened.Records[0].Should().Equal(1, 3);
            DeadLetter letter = opened.DeadLetters.Should().ContainSingle().Which;
            Encoding.UTF8.GetString(letter.Payload.Span).Should().Be(payload);
            letter.Reason.Message.Should().Match(reason);
            letter.Headers.Text("path").Should().Be(path);
            letter.Headers.Text("line").Should().Be("4", "the row before it takes two lines");
        }
    }

    [Test]
    public async Task A_quote_that_is_never_closed_costs_what_the_limit_says([Values(1, 3, 1000)] int chunk)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", "a,b\n1,2\n\"3,4\n" + string.Concat(Enumerable.Repeat("5,6\n", 100)));

        (List<string[]> rows, List<DeadLetter> deadLetters) = await FieldsAsync(path, new CsvOptions { ChunkSize = chunk, MaxRowLength = 20 });

        deadLetters.Should().ContainSingle().Which.Reason.Message.Should().Contain("never closed").And.Contain("MaxRowLength");
        deadLetters[0].Payload.Length.Should().Be(20);

        // Four of the rows behind the quote begin within the limit.
        rows.Should().HaveCount(1 + 96);
        rows.Skip(1).Should().OnlyContain(static row => string.Join('|', row) == "5|6");
    }

    [Test]
    public async Task A_column_that_the_header_lacks_or_has_twice_ends_the_job()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", "a,b,b\n1,2,3\n");

        await ReadingFailsAsync(Csv.Read(static row => row.Text("c"), path), "*file: There is no column 'c'. The columns are a, b, b.");
        await ReadingFailsAsync(Csv.Read(static row => row.Text("b"), path), "*more than one column 'b'*index*");
        await ReadingFailsAsync(
            Csv.Read(static row => row.Text("a"), new CsvOptions { HasHeader = false }, path), "*without a header*CsvOptions.HasHeader*");
        await ReadingFailsAsync(Csv.Read(static row => row.Text("a"), directory.Write("file", "a,\"b\nc")), "*header*never closed*");
    }

    [Test]
    public async Task A_field_is_read_as_its_type()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", "-1.5e3,9223372036854775807,TRUE,0.1,  7 ,d3b07384-d9a0-4c9b-8f5a-000000000001\n");
        ISource<(double, long, bool, decimal, int, Guid)> source = Csv.Read(
            static row => (row.Double(0), row.Int64(1), row.Boolean(2), row.Decimal(3), row.Int32(4), row.Value<Guid>(5)),
            new CsvOptions { HasHeader = false },
            path);

        await using OpenedSource<(double, long, bool, decimal, int, Guid)> opened =
            await OpenedSource<(double, long, bool, decimal, int, Guid)>.OpenAsync(source);

        (await opened.ReadToEndAsync()).Should().Equal(
            (-1500, long.MaxValue, true, 0.1m, 7, Guid.Parse("d3b07384-d9a0-4c9b-8f5a-000000000001")));
    }

    [TestCase("2015-08-31 18:22:00", null, -5, "2015-08-31T18:22:00-05:00")]
    [TestCase("2015-08-31 18:22:00", null, 0, "2015-08-31T18:22:00+00:00")]
    [TestCase("2015-08-31T18:22:00.25Z", null, -5, "2015-08-31T18:22:00.25+00:00")]
    [TestCase("2015-08-31T18:22+02:00", null, -5, "2015-08-31T18:22:00+02:00")]
    [TestCase("2015-08-31", null, 1, "2015-08-31T00:00:00+01:00")]
    [TestCase("31.08.2015 6:22", "dd.MM.yyyy H:mm", 2, "2015-08-31T06:22:00+02:00")]
    [TestCase("31.08.2015 6:22 +03:00", "dd.MM.yyyy H:mm zzz", 2, "2015-08-31T06:22:00+03:00")]
    public async Task A_time_is_read_with_the_offset_that_it_has_or_is_given(string text, string? format, int hours, string expected)
    {
        using var directory = new TemporaryDirectory();
        ISource<DateTimeOffset> source = Csv.Read(
            row => row.DateTimeOffset("at", format, TimeSpan.FromHours(hours)), directory.Write("file", $"at\n{text}\n"));

        await using OpenedSource<DateTimeOffset> opened = await OpenedSource<DateTimeOffset>.OpenAsync(source);
        DateTimeOffset time = (await opened.ReadToEndAsync()).Should().ContainSingle().Subject;

        time.EqualsExact(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture)).Should().BeTrue($"it is {time:O}");
    }

    [TestCase("08/31/2015 18:22:00")]
    [TestCase("")]
    [TestCase("x")]
    [TestCase("2015-08-31 18:22:00                                                          ")]
    public async Task What_is_no_time_is_a_dead_letter(string text)
    {
        using var directory = new TemporaryDirectory();
        ISource<DateTimeOffset> source = Csv.Read(static row => row.DateTimeOffset(1), directory.Write("file", $"n,at\n1,{text}\n"));

        await using OpenedSource<DateTimeOffset> opened = await OpenedSource<DateTimeOffset>.OpenAsync(source);
        await opened.ReadToEndAsync();

        opened.DeadLetters.Should().ContainSingle().Which.Reason.Should().BeOfType<FormatException>();
    }

    [Test]
    public async Task A_file_is_written_with_a_header_and_quotes_where_they_are_needed()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("rows.csv");
        ISink<Row> sink = Csv.Write<Row>(path, Columns);
        var row = new Row("plain", 0.1, "a,\"b\"\n", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)), null);
        await OpenedSink<Row>.WriteAllAsync(sink, [row]);
        await OpenedSink<Row>.WriteAllAsync(sink, [row with { Maybe = 7 }]);

        (await File.ReadAllTextAsync(path)).Should().Be(
            "\"te\"\"xt\",value,\"other,\n\",at,maybe\n"
            + "plain,0.1,\"a,\"\"b\"\"\n\",2026-01-02T03:04:05.0000000+01:00,\n"
            + "plain,0.1,\"a,\"\"b\"\"\n\",2026-01-02T03:04:05.0000000+01:00,7\n");
    }

    [Test]
    public async Task Formats_and_truth_values_are_written()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("rows.csv");
        await OpenedSink<double>.WriteAllAsync(
            Csv.Write<double>(path, static row => row.Column("rounded", static d => d, "F1").Column("positive", static d => d > 0)), [1.26, -3]);

        (await File.ReadAllTextAsync(path)).Should().Be("rounded,positive\n1.3,true\n-3.0,false\n");
    }

    [Test]
    public void What_cannot_work_is_refused_when_it_is_described()
    {
        ((Action)(static () => _ = new CsvOptions { Separator = '"' })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("CsvOptions.Separator*");
        ((Action)(static () => _ = new CsvOptions { Separator = '\u20ac' })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(static () => _ = new CsvOptions { MaxRowLength = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(static () => Csv.Write<int>("file", static row => row))).Should().Throw<ArgumentException>().WithMessage("*at least one column*");
        ((Action)(static () => Csv.Write<int>("file", static row => row.Column("a", static n => n).Column("a", static n => n))))
            .Should().Throw<ArgumentException>().WithMessage("*'a' already*");
        ((Action)(static () => Csv.Read(static row => row.Count))).Should().Throw<ArgumentException>();
    }

    [TestCase("speed_6005.csv", 2500)]
    [TestCase("speed_7578.csv", 1127)]
    [TestCase("machine_temperature_system_failure.csv", 22695)]
    public async Task Real_series_are_read_whole(string name, int rows)
    {
        string path = Path.Combine(Repository.SharedData, "nab", name);
        if (!File.Exists(path))
        {
            Assert.Ignore($"{path} is not there: the series of the Numenta Anomaly Benchmark are not part of the repository.");
        }

        var central = TimeSpan.FromHours(-5);
        ISource<(DateTimeOffset At, double Value)> source = Csv.Read(
            row => (row.DateTimeOffset("timestamp", "yyyy-MM-dd HH:mm:ss", central), row.Double("value")), path);

        await using OpenedSource<(DateTimeOffset At, double Value)> opened =
            await OpenedSource<(DateTimeOffset At, double Value)>.OpenAsync(source, batchSize: 1000);
        List<(DateTimeOffset At, double Value)> series = await opened.ReadToEndAsync();

        opened.DeadLetters.Should().BeEmpty();
        series.Count.Should().BeCloseTo(rows, 1);
        string[] first = File.ReadLines(path).Skip(1).First().Split(',');
        series[0].At.Should().Be(DateTimeOffset.Parse($"{first[0]} -05:00", CultureInfo.InvariantCulture));
        series[0].Value.Should().Be(double.Parse(first[1], CultureInfo.InvariantCulture));
    }

    private static CsvColumns<Row> Columns(CsvColumns<Row> row) => row
        .Column("te\"xt", static r => r.Text)
        .Column("value", static r => r.Value)
        .Column("other,\n", static r => r.Other)
        .Column("at", static r => r.At)
        .Column("maybe", static r => r.Maybe);

    private static async Task<(List<string[]> Rows, List<DeadLetter> DeadLetters)> FieldsAsync(string path, CsvOptions options)
    {
        ISource<string[]> source = Csv.Read(
            static row =>
            {
                string[] fields = new string[row.Count];
                for (int i = 0; i < fields.Length; i++)
                {
                    fields[i] = row.Text(i);
                }

                return fields;
            },
            options,
            path);
        await using OpenedSource<string[]> opened = await OpenedSource<string[]>.OpenAsync(source);
        return (await opened.ReadToEndAsync(), opened.DeadLetters);
    }

    private static async Task ReadingFailsAsync(ISource<string> source, string message)
    {
        await using OpenedSource<string> opened = await OpenedSource<string>.OpenAsync(source);
        await opened.Awaiting(static o => o.ReadToEndAsync()).Should().ThrowAsync<CsvHeaderException>().WithMessage(message);
    }

    internal sealed record Row(string Text, double Value, string Other, DateTimeOffset At, int? Maybe);
}
