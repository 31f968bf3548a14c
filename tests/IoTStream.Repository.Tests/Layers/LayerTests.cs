using System.Reflection;

namespace IoTStream.Repository.Tests.Layers;

[Parallelizable(ParallelScope.All)]
public sealed class LayerTests
{
    private static IEnumerable<string> Adapters => Repository.Packages.Concat(Repository.Tools).Where(package => package != "IoTStream.Core");

    [Test]
    public void Every_type_of_the_core_is_in_a_layer()
    {
        IEnumerable<Type> strays = Types("IoTStream.Core")
            .Where(type => !IsWrittenByTheCompiler(type) && !Layering.Layers.Contains(Layering.Of(type.Namespace)));

        strays.Should().BeEmpty("the layers are {0}", string.Join(", ", Layering.Layers));
    }

    [Test]
    public void A_layer_refers_only_to_itself_and_those_below()
    {
        string[] violations = [.. Layering.Violations(Types("IoTStream.Core"))];

        Assert.That(violations, Is.Empty, () => "From top to bottom: " + string.Join(", ", Layering.Layers));
    }

    [TestCaseSource(nameof(Adapters))]
    public void An_adapter_sees_of_the_core_only_what_is_meant_for_it(string adapter)
    {
        Assembly core = Assembly.Load("IoTStream.Core");
        string[] visible = adapter == "IoTStream.Testing" ? Layering.ForTesting
            : adapter == "IoTStream.Kafka" ? Layering.ForScaleOut
            : Repository.Tools.Contains(adapter) ? Layering.ForTools
            : Layering.ForAdapters;
        string[] violations =
        [
            .. from type in Types(adapter)
               from used in TypeUses.Of(type)
               where used.Assembly == core && !visible.Contains(Layering.Of(used.Namespace))
               select $"{type} refers to {used}",
        ];

        Assert.That(violations, Is.Empty, () => $"{adapter} sees {string.Join(", ", visible)}");
    }

    private static Type[] Types(string assembly) => Assembly.Load(assembly).GetTypes();

    // Such as tables of constants, and attributes that the target framework lacks.
    private static bool IsWrittenByTheCompiler(Type type) =>
        type.FullName!.StartsWith('<') || type.Namespace is { } space && (space.StartsWith("System") || space.StartsWith("Microsoft"));
}
