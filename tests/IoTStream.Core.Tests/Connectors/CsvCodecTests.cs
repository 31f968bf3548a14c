using System.Buffers;
using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class CsvCodecTests
{
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_CASES") ?? "100000", CultureInfo.InvariantCulture);

    [Test]
    public void What_is_encoded_is_decoded_again([Values(',', ';', '\t')] char separator, [Values] bool header)
    {
        ICodec<Row> codec = Codec(new CsvOptions { Separator = separator, HasHeader = header });
        Gen<Row> rows = Texts.Any.SelectMany(static text => Texts.Any.SelectMany(other => Gen.Choose(-999, 999).Select(number => new Row(
            text, number / 8.0, other, DateTimeOffset.UnixEpoch.AddTicks(number * 1_234_567_891L), number % 2 == 0 ? null : number))));
        Prop.ForAll(rows.ToArbitrary(), row => codec.Decode(Encode(codec, row)).Equals(row)).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Fields_are_those_that_a_plain_reading_of_the_RFC_finds()
    {
        string[] seeds = ["a,b,c", "\"a\",\"b,\"\"b\"\"\",c\r\n", ",,", "\"\n\r\n\",b,\"\"", "1;2,\"x\",é€\n"];
        const string Alphabet = ",\"\"\r\nab;";
        ICodec<string[]> codec = Csv.Of(
            static row => new[] { row.Text(0), row.Text(1), row.Text(2) },
            static columns => columns.Column("a", static row => row[0]).Column("b", static row => row[1]).Column("c", static row => row[2]));
        var random = new Random(4180);
        int read = 0;
        for (int i = 0; i < Cases; i++)
        {
            var text = new StringBuilder(seeds[random.Next(seeds.Length)]);
            for (int change = random.Next(4); change > 0; change--)
            {
                int place = random.Next(text.Length + 1);
                _ = random.Next(2) == 0 || place == text.Length ? text.Insert(place, Alphabet[random.Next(Alphabet.Length)]) : text.Remove(place, 1);
            }

            string payload = text.ToString();
            string[]? expected = PlainReading(payload);
            if (expected is { Length: 3 })
            {
                codec.Decode(Bytes(payload)).Should().Equal(expected, "of {0}", payload);
                codec.Decode(Encode(codec, expected)).Should().Equal(expected);
                read++;
            }
            else
            {
                codec.Invoking(c => c.Decode(Bytes(payload))).Should().Throw<FormatException>("of {0}", payload);
            }
        }

        read.Should().BeInRange(Cases / 10, Cases * 9 / 10);
    }

    [Test]
    public void Bytes_that_are_no_text_are_read_or_refused()
    {
        ICodec<Row> codec = Codec(new CsvOptions { HasHeader = true });
        byte[] good = Encode(codec, new Row("a", 1.5, "b", DateTimeOffset.UnixEpoch, 1)).ToArray();
        var random = new Random(1);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < Cases; i++)
        {
            byte[] bytes = [.. good];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                codec.Decode(new ReadOnlySequence<byte>(bytes));
                read++;
            }
            catch (Exception refusal) when (refusal is FormatException or CsvHeaderException or DecoderFallbackException)
            {
                refused++;
            }
        }

        read.Should().BePositive();
        refused.Should().BePositive();
    }

    [Test]
    public void A_header_in_the_payload_says_the_order_and_may_have_more()
    {
        ICodec<Row> codec = Codec(new CsvOptions { HasHeader = true });
        codec.Decode(Bytes("\uFEFFnew,maybe,at,value,\"other,\n\",\"te\"\"xt\"\r\nx,,2026-01-31T08:00:00Z,-1e3,o,t\r\n"))
            .Should().Be(new Row("t", -1000, "o", new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero), null));
    }

    [TestCase("", "The payload has no row.")]
    [TestCase("\n", "The payload has no row.")]
    [TestCase("1,2", "The row has 2 fields, and there are 1 columns.")]
    [TestCase("1\n2", "The payload goes on after its row*")]
    [TestCase("\"1", "The quote that opens field 0 is never closed.")]
    [TestCase("1\"", "Field 0 holds a quote*")]
    [TestCase("1,5e", "The row has 2 fields*")]
    [TestCase("x", "The column 'number' holds 'x', which is no number.")]
    public void What_is_no_row_is_refused_with_the_reason(string payload, string message)
    {
        ICodec<double> codec = Csv.Of(static row => row.Double("number"), static columns => columns.Column("number", static number => number));
        codec.Invoking(c => c.Decode(Bytes(payload))).Should().Throw<FormatException>().WithMessage(message);
        codec.Decode(Bytes("2.5")).Should().Be(2.5, "a refusal leaves nothing behind");
    }

    [Test]
    public void Rows_that_are_too_long_and_headers_that_lack_a_column_are_refused()
    {
        ICodec<string> codec = Csv.Of(
            static row => row.Text("text"), static columns => columns.Column("text", static text => text), new CsvOptions { HasHeader = true, MaxRowLength = 5 });
        codec.Decode(Bytes("text\n12345\n")).Should().Be("12345");
        codec.Invoking(static c => c.Decode(Bytes("text\n123456"))).Should().Throw<InvalidDataException>().WithMessage("The row is longer than 5 bytes. Raise CsvOptions.MaxRowLength*");
        codec.Invoking(static c => c.Decode(Bytes("tex\n1"))).Should().Throw<CsvHeaderException>().WithMessage("The payload: There is no column 'text'. The columns are tex.");
        codec.Invoking(static c => c.Decode(Bytes("text"))).Should().Throw<FormatException>().WithMessage("The payload has no row.");
    }

    [Test]
    public void The_culture_of_the_machine_does_not_matter()
    {
        ICodec<double> codec = Csv.Of(static row => row.Double(0), static columns => columns.Column("number", static number => number));
        CultureInfo before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = culture;
        try
        {
            Encoding.UTF8.GetString(Encode(codec, 1234.5)).Should().Be("1234.5");
            codec.Decode(Bytes("1234.5")).Should().Be(1234.5);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void Several_threads_may_use_it_at_once()
    {
        ICodec<Row> codec = Codec(new CsvOptions { HasHeader = true });
        Parallel.For(0, 20_000, number =>
        {
            var row = new Row($"\"{number}\"", number, $",{number}", DateTimeOffset.UnixEpoch.AddSeconds(number), number);
            codec.Decode(Encode(codec, row)).Should().Be(row);
        });
    }

    [Test]
    public void A_codec_has_columns() =>
        ((Action)(static () => Csv.Of(static row => row.Text(0), static columns => columns))).Should().Throw<ArgumentException>().WithMessage("Add at least one column.*");

    private static ICodec<Row> Codec(CsvOptions options) => Csv.Of(
        static row => new Row(row.Text("te\"xt"), row.Double("value"), row.Text("other,\n"), row.DateTimeOffset("at"), row.IsEmpty("maybe") ? null : row.Int32("maybe")),
        static columns => columns.Column("te\"xt", static r => r.Text).Column("value", static r => r.Value).Column("other,\n", static r => r.Other).Column("at", static r => r.At)
            .Column("maybe", static r => r.Maybe),
        options);

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static ReadOnlySequence<byte> Encode<T>(ICodec<T> codec, T value)
    {
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(value, output);
        return new ReadOnlySequence<byte>(output.WrittenMemory);
    }

    /// <summary>A character at a time: the fields of the one row that a text is; null if it is none.</summary>
    private static string[]? PlainReading(string text)
    {
        List<string> fields = [];
        int i = 0;
        while (true)
        {
            var field = new StringBuilder();
            if (i < text.Length && text[i] == '"')
            {
                for (i++; ; i++)
                {
                    if (i == text.Length)
                    {
                        return null;
                    }

                    if (text[i] == '"' && (i + 1 == text.Length || text[i + 1] != '"'))
                    {
                        break;
                    }

                    i += text[i] == '"' ? 1 : 0;
                    field.Append(text[i]);
                }

                i++;
            }
            else
            {
                for (; i < text.Length && text[i] != ',' && text[i] != '\n' && text[i..] is not ("\r" or "\r\n"); i++)
                {
                    if (text[i] == '"')
                    {
                        return null;
                    }

                    field.Append(text[i]);
                }
            }

            fields.Add(field.ToString());
            if (text[i..] is "" or "\n" or "\r\n" or "\r")
            {
                return [.. fields];
            }

            if (text[i] != ',')
            {
                return null;
            }

            i++;
        }
    }

    private sealed record Row(string Text, double Value, string Other, DateTimeOffset At, int? Maybe);
}
