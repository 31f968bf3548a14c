using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace IoTStream.Repository.Tests.PublicApi;

[Parallelizable(ParallelScope.All)]
public sealed class ApiListingTests
{
    [Test]
    public void Types_tell_their_modifiers_bases_and_constraints() => Expect("""
        public abstract class Shape<T, U> : System.IDisposable where T : class?, new() where U : notnull
        {
            protected Shape() { }
            public virtual void Dispose() { }
            internal int Hidden;
            private protected int AlsoHidden;
            protected abstract T? Make<V>(V value) where V : struct, allows ref struct;
        }
        public readonly ref struct View { }
        public enum Level : byte { Low = 1, High = 2 }
        public delegate string? Namer<in T>(T value, int limit = 3) where T : notnull;
        internal class Invisible { public class AlsoInvisible; }
        """, """
        public enum Level : byte
        {
            Low = 1,
            High = 2,
        }

        public delegate string? Namer<in T>(T value, int limit = 3) where T : notnull;

        public abstract class Shape<T, U> : IDisposable where T : class?, new() where U : notnull
        {
            protected Shape();
            public virtual void Dispose();
            protected abstract T? Make<V>(V value) where V : struct, allows ref struct;
        }

        public readonly ref struct View
        {
        }

        """);

    [Test]
    public void Members_tell_everything_that_a_caller_compiles_against() => Expect("""
        using System;
        using System.Collections.Generic;
        using System.Diagnostics.CodeAnalysis;
        public sealed class Box
        {
            public const int Size = 4;
            public static readonly string? Name;
            public required string Title { get; init; }
            public string? Note { get; private set; }
            public event Action<string?>? Changed { add { } remove { } }
            public (int Count, string? Text) Pair(ref int a, scoped ReadOnlySpan<int> b, params List<string?>[] rest) => default;
            public static Box operator +(Box a, Box b) => a;
            public static implicit operator int(Box box) => 0;
            [Obsolete("advice")] public void Old([NotNull] object? value) => throw new Exception();
            [Experimental("X1")] public class Inner { }
        }
        """, """
        public sealed class Box
        {
            public static readonly string? Name;
            public const int Size = 4;
            public Box();
            public string? Note { get; }
            public required string Title { get; init; }
            public event Action<string?>? Changed;
            [Obsolete]
            [value: NotNull]
            public void Old(object? value);
            public (int Count, string? Text) Pair(ref int a, scoped ReadOnlySpan<int> b, params List<string?>[] rest);
            public static Box operator +(Box a, Box b);
            public static implicit operator int(Box box);
        }

        [Experimental("X1")]
        public class Box.Inner
        {
            public Inner();
        }

        """);

    [Test]
    public void Records_are_told_from_classes_and_extensions_name_their_receiver() => Expect("""
        public record Person(string Name);
        public readonly record struct Point(int X, int Y = 2);
        public static class Extensions
        {
            public static int Twice(this int value) => value;
            extension(string text)
            {
                public int Words => 0;
                public string Shout(int times) => text;
            }
        }
        """, """
        public static class Extensions
        {
            public static string Shout(this string text, int times);
            public static int Twice(this int value);
            public static int get_Words(string text);
        }

        public extension Extensions.extension(string)
        {
            public int Words { get; }
            public string Shout(int times);
        }

        public record Person : IEquatable<Person>
        {
            public Person(string Name);
            public string Name { get; init; }
            public void Deconstruct(out string Name);
        }

        public readonly record struct Point : IEquatable<Point>
        {
            public Point(int X, int Y = 2);
            public int X { get; init; }
            public int Y { get; init; }
            public void Deconstruct(out int X, out int Y);
        }

        """);

    private static void Expect(string source, string expected)
    {
        string listing = Listing(source);
        Assert.That(listing, Is.EqualTo(expected), () => TextDiff.Of(expected, listing));
    }

    private static string Listing(string source)
    {
        PortableExecutableReference reference = MetadataReference.CreateFromImage(Library.Compile(source));
        CSharpCompilation reader = CSharpCompilation.Create("reader", references: [reference, .. References.All]);
        string listing = ApiListing.Of(((IAssemblySymbol)reader.GetAssemblyOrModuleSymbol(reference)!).GlobalNamespace);
        return listing["namespace <global namespace>;\n\n".Length..];
    }
}
